"""What the Observatory answers as a typhoon comes and goes, as it was recorded; and the moments of the day."""

from datetime import UTC, datetime

WEDNESDAY_EIGHT = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
"""Eight in the morning in Hong Kong; the visit is from ten to twelve."""

NOTHING = b"{}"
NO_3_AND_AMBER = b"""{
 "WTCSGNL": {"name": "Tropical Cyclone Warning Signal", "code": "TC3", "actionCode": "ISSUE",
  "type": "Strong Wind Signal No. 3", "issueTime": "2026-11-25T05:40:00+08:00",
  "updateTime": "2026-11-25T07:45:00+08:00"},
 "WRAIN": {"name": "Rainstorm Warning Signal", "code": "WRAINA", "actionCode": "EXTEND", "type": "Amber",
  "issueTime": "2026-11-25T06:10:00+08:00", "expireTime": "2026-11-25T09:10:00+08:00",
  "updateTime": "2026-11-25T07:05:00+08:00"},
 "WTS": {"name": "Thunderstorm Warning", "code": "WTS", "actionCode": "REISSUE",
  "issueTime": "2026-11-25T06:00:00+08:00", "expireTime": "2026-11-25T10:00:00+08:00",
  "updateTime": "2026-11-25T06:00:00+08:00"}
}"""
NO_8 = b"""{
 "WTCSGNL": {"name": "Tropical Cyclone Warning Signal", "code": "TC8NE", "actionCode": "ISSUE",
  "type": "No. 8 Northeast Gale or Storm Signal", "issueTime": "2026-11-25T07:40:00+08:00",
  "updateTime": "2026-11-25T07:40:00+08:00"},
 "WRAIN": {"name": "Rainstorm Warning Signal", "code": "WRAINA", "actionCode": "CANCEL", "type": "Amber",
  "issueTime": "2026-11-25T06:10:00+08:00", "updateTime": "2026-11-25T07:30:00+08:00"}
}"""
CANCELLED = b"""{
 "WTCSGNL": {"name": "Tropical Cyclone Warning Signal", "code": "CANCEL", "actionCode": "CANCEL",
  "issueTime": "2026-11-25T15:40:00+08:00", "updateTime": "2026-11-25T15:40:00+08:00"}
}"""
VERY_HOT = b"""{"WHOT": {"name": "Very Hot Weather Warning", "code": "WHOT", "actionCode": "UPDATE",
 "issueTime": "2026-07-25T06:45:00+08:00", "updateTime": "2026-07-25T16:45:00+08:00"}}"""
A_SIGNAL_OF_THE_FUTURE = b"""{
 "WTCSGNL": {"name": "Tropical Cyclone Warning Signal", "code": "TC12", "actionCode": "ISSUE",
  "issueTime": "2026-11-25T05:40:00+08:00", "updateTime": "2026-11-25T05:40:00+08:00"},
 "WRAIN": {"name": "Rainstorm Warning Signal", "code": "WRAINB", "actionCode": "ISSUE", "type": "Black",
  "issueTime": "2026-11-25T06:10:00+08:00", "updateTime": "2026-11-25T06:10:00+08:00"}
}"""
