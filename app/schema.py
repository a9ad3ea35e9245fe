"""Every table of the service, loaded: importing this module fills `Base.metadata` (migrations and tests need all)."""

from app.accounts import models as accounts
from app.calendar import models as calendar
from app.care_requests import models as care_requests
from app.catalogue import models as catalogue
from app.exchange import models as exchange
from app.handover import models as handover
from app.matching import models as matching
from app.messages import models as messages
from app.recognition import models as recognition
from app.safeguarding import models as safeguarding
from app.shared import audit, health, submissions
from app.shared.database import Base
from app.training import models as training
from app.training.models import certificates as training_certificates
from app.training.models import proofs as training_proofs
from app.training.models import runs as training_runs
from app.visits import models as visits
from app.volunteers import models as volunteers
from app.weather import models as weather

MODULES = (
    accounts,
    audit,
    calendar,
    care_requests,
    catalogue,
    exchange,
    handover,
    health,
    matching,
    messages,
    recognition,
    safeguarding,
    submissions,
    training,
    training_certificates,
    training_proofs,
    training_runs,
    visits,
    volunteers,
    weather,
)

metadata = Base.metadata
