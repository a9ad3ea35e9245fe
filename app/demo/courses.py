"""The demonstration's curriculum: every course is invented, and every page says so."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.training.use_cases import CourseFacts, add_course, add_faculty

CANTONESE = "yue"


def add_courses(session: Session, *, now: datetime) -> int:
    """Write a small curriculum of three faculties; how many courses."""
    care = add_faculty(session, "照顧學院（示範）", "Faculty of care (demonstration)", by=None, now=now).id
    company = add_faculty(
        session, "同行學院（示範）", "Faculty of company (demonstration)", by=None, now=now
    ).id
    life = add_faculty(
        session, "生活學院（示範）", "Faculty of daily life (demonstration)", by=None, now=now
    ).id
    curriculum = (
        CourseFacts(
            care, "長者扶抱入門", "Helping older people move: first steps", 360, CANTONESE,
            aims_zh="安全扶起、轉身和移動，也保護自己的腰背。",
            aims_en="Lift, turn and move somebody safely, and spare your own back.",
            audience_zh="準備做暫託或陪診的義工", audience_en="Volunteers who will do respite or escort",
            open_to_carers=True, valid_months=24, renewal_months=3,
            kinds=("respite", "escort"), grants=("transfers",), trainer_groups=(("transfers",),), is_core=True,
        ),
        CourseFacts(
            care, "個人照顧基礎", "Basic personal care", 480, CANTONESE,
            aims_zh="梳洗、餵食和日常觀察。", aims_en="Washing, feeding, and what to look out for.",
            valid_months=36, renewal_months=6, kinds=("respite",), grants=("personal_care",),
            learner_groups=(("first_aid", "transfers"),), is_core=True,
        ),
        CourseFacts(
            care, "扶抱溫習班", "Moving and lifting, refreshed", 120, CANTONESE,
            aims_zh="已學過的人再練一次。", aims_en="For those who have learned it: practise again.",
            valid_months=24, renewal_months=6, kinds=("respite", "escort"), prolongs=("transfers",),
            learner_groups=(("transfers",),), trainer_groups=(("transfers",),),
        ),
        CourseFacts(
            care, "認知障礙症照顧", "Caring for somebody with dementia", 600, CANTONESE,
            aims_zh="明白行為背後的需要，與家人同行。", aims_en="See the need behind what somebody does.",
            open_to_carers=True, valid_months=36, renewal_months=6, grants=("dementia_care",),
            learner_groups=(("listening", "personal_care"),),
        ),
        CourseFacts(
            company, "聆聽的藝術", "The art of listening", 360, CANTONESE,
            aims_zh="用心聽，少給意見。", aims_en="Listen well, and advise little.",
            open_to_carers=True, open_to_public=True, kinds=("befriending", "telephone"), grants=("listening",),
        ),
        CourseFacts(
            company, "帶領小組", "Leading a group", 360, CANTONESE,
            aims_zh="設計和帶領六至十人的小組。", aims_en="Plan and lead a group of six to ten.",
            grants=("group_leading",), learner_groups=(("listening",),), trainer_groups=(("group_leading",),),
        ),
        CourseFacts(
            life, "手機小老師", "Teaching phones", 180, CANTONESE,
            aims_zh="陪長者學會打視像電話和提防騙案。",
            aims_en="Video calls, and how not to be cheated: with older people.",
            open_to_public=True, grants=("digital",),
        ),
        CourseFacts(
            life, "家居小維修", "Small repairs at home", 240, CANTONESE,
            aims_zh="換燈膽、修水龍頭、裝扶手。", aims_en="Bulbs, taps and handrails.",
            grants=("home_repairs",),
        ),
    )  # fmt: skip
    for facts in curriculum:
        add_course(session, facts, is_invented=True, by=None, now=now)
    return len(curriculum)
