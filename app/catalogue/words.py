"""What the catalogue's statuses are called."""

from flask_babel import lazy_gettext

from app.catalogue.models import District, ServiceArea, WeatherClass
from app.web.words import Words

WORDS: Words = {
    District.TSUEN_WAN: lazy_gettext("Tsuen Wan"),
    District.KWAI_TSING: lazy_gettext("Kwai Tsing"),
    ServiceArea.CARERS: lazy_gettext("Carers"),
    ServiceArea.OLDER_PEOPLE: lazy_gettext("Older people"),
    ServiceArea.REHABILITATION: lazy_gettext("Rehabilitation"),
    ServiceArea.FAMILY_AND_CHILD: lazy_gettext("Family and child"),
    ServiceArea.YOUTH: lazy_gettext("Youth"),
    ServiceArea.ALL: lazy_gettext("Everybody"),
    WeatherClass.INDOOR: lazy_gettext("Indoors"),
    WeatherClass.OUTDOOR: lazy_gettext("Outdoors"),
    WeatherClass.REMOTE: lazy_gettext("By telephone"),
}
