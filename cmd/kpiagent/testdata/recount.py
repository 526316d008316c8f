"""Counts form II.06a and the KPIs of a random history a second time.

Written from docs/figures.md alone, without a look at the agent's code, so that a mistake in one of the two shows as a
difference. Reads a history as JSON from standard input and prints the figures of each unit and period as JSON.
"""
import json
import sys
from datetime import date, datetime, time, timedelta
from functools import cache

DAY = timedelta(days=1)
MORNING, AFTERNOON = (8 * 60, 12 * 60), (13 * 60, 17 * 60)
history = json.load(sys.stdin)
DAYS_OFF = {date.fromisoformat(d) for d in history["days_off"]}
TODAY = date.fromisoformat(history["today"])


def minute(day, minutes):
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


@cache
def spans(day):
    """The working hours of a day."""
    if day.weekday() >= 5 or day in DAYS_OFF:
        return []
    return [(minute(day, a), minute(day, b)) for a, b in (MORNING, AFTERNOON)]


@cache
def working(start, end):
    """The working minutes between two moments."""
    total, day = 0, start.date()
    while day <= end.date():
        for a, b in spans(day):
            total += max(0, int((min(b, end) - max(a, start)).total_seconds()) // 60)
        day += DAY
    return total


@cache
def after(start, minutes):
    """The moment when so many working minutes have passed."""
    if minutes == 0:
        return start
    day = start.date()
    while True:
        for a, b in spans(day):
            a = max(a, start)
            if a >= b:
                continue
            there = int((b - a).total_seconds()) // 60
            if there >= minutes:
                return a + timedelta(minutes=minutes)
            minutes -= there
        day += DAY


def moment(text):
    return datetime.fromisoformat(text) if text else None


class Dossier:
    def __init__(self, row, clock):
        self.row, self.clock = row, clock
        self.received, self.end = moment(row["received"]), moment(row["finished"])
        self.whole_day = len(row["due"]) == 10
        self.due = moment(row["due"])
        if self.due and self.whole_day:
            self.due = minute(self.due.date(), AFTERNOON[1])
        self.outcome = row["outcome"]

    def waits(self, until):
        """Waits as known at a moment, merged: (from, to, whether it has ended by then)."""
        merged = []
        for start, end in sorted((moment(a), moment(b)) for a, b in self.row["pauses"] or []):
            limit = min(until, self.end) if self.end else until
            start, ended = max(start, self.received), end <= limit
            end = min(end, limit)
            if start >= end:
                continue
            if merged and start <= merged[-1][1]:
                if end >= merged[-1][1]:
                    merged[-1] = (merged[-1][0], end, ended)
            else:
                merged.append((start, end, ended))
        return merged

    def due_at(self, until):
        """The due date as it stands at a moment, and whether the dossier may wait without being overdue."""
        due, waiting, held = self.due, False, False
        whole = working(self.received, due) if due else 0
        for start, end, ended in self.waits(until):
            waiting = not ended
            if not due or self.clock == "as_given":
                continue
            by_hour = history["timeliness"] == "hours" and not self.whole_day
            if start > due if by_hour else start.date() > due.date():  # overdue when the wait began: stays so
                continue
            if not ended:
                held = True
                if not self.end:
                    continue
            if self.clock == "pause":
                due = after(due, working(start, end))
            elif self.clock == "shift":
                due += (end.date() - start.date()) * 1
            else:
                due = max(due, after(end, whole))
        return due, waiting, held

    def timeliness(self):
        due, _, _ = self.due_at(self.end)
        if not due:
            return "undated"
        if self.end.date() != due.date():
            return "early" if self.end.date() < due.date() else "late"
        if history["timeliness"] == "hours" and not self.whole_day and self.end > due:
            return "late"
        return "on_time"

    def open_on(self, day):
        return self.received.date() <= day and not (self.end and self.end.date() <= day)

    def state_on(self, day):
        due, waiting, held = self.due_at(minute(day + DAY, 0) - timedelta(microseconds=1))
        by_hour = history["timeliness"] == "hours" and not self.whole_day
        overdue = bool(due) and (due < minute(day + DAY, 0) if by_hour else due.date() < day) and not (waiting and held)
        return overdue, waiting and not overdue and bool(due), not due

    def hours(self):
        waits, start = self.waits(self.end), self.received
        if self.clock == "restart":
            start = max([end for _, end, ended in waits if ended], default=start)
        net = working(start, self.end) if self.end > start else 0
        net -= sum(working(max(a, start), b) for a, b, _ in waits if b > start)
        return (max(0, net) + 30) // 60


def tally(dossiers, first, last):
    """One line of the form, and the KPIs beside it."""
    t = dict.fromkeys(("total online counter postal carried_over finished early on_time late undated exits in_progress "
                       "in_time overdue paused open_undated").split(), 0)
    shares = {k: [0, 0] for k in ("online_payment_share", "digital_result_share", "digitised_input_share",
                                  "satisfaction_share")}

    def mark(share, value):
        if value:
            shares[share][0] += value == "yes"
            shares[share][1] += 1

    times = []
    for d in dossiers:
        if first <= d.received.date() <= last:
            t[d.row["channel"]] += 1
            mark("digitised_input_share", d.row["digitised"])
            if d.row["fee"] == "yes":
                mark("online_payment_share", d.row["paid"])
        t["carried_over"] += d.open_on(first - DAY)
        if d.end and first <= d.end.date() <= last:
            mark("satisfaction_share", d.row["satisfied"])
            if d.outcome in ("settled", "refused"):
                t["finished"] += 1
                t[d.timeliness()] += 1
                times.append(d.hours())
                if d.outcome == "settled":
                    mark("digital_result_share", d.row["electronic"])
            else:
                t["exits"] += 1
        if d.open_on(last):
            overdue, paused, undated = d.state_on(last)
            t["in_progress"] += 1
            t["overdue"] += overdue
            t["in_time"] += not overdue
            t["paused"] += paused
            t["open_undated"] += undated
    received = t["online"] + t["counter"] + t["postal"]
    t["total"] = received + t["carried_over"]
    dated, good = t["finished"] - t["undated"], t["early"] + t["on_time"]
    shares["online_filing_share"] = [t["online"], received]
    shares["on_time_share"] = [good, dated]
    shares["on_time_share_with_overdue"] = [good, dated + t["overdue"]]
    kpis = {k: n / d if d else None for k, (n, d) in shares.items()}
    times.sort()
    n = len(times)
    kpis["handling_time_mean"] = sum(times) / n / 8 if n else None
    kpis["handling_time_p50"] = times[(n + 1) // 2 - 1] / 8 if n else None
    kpis["handling_time_p90"] = times[(9 * n + 9) // 10 - 1] / 8 if n else None
    known = any(d.received.date() <= last for d in dossiers)
    kpis["overdue_open"] = t["overdue"] if known else None
    return t | kpis


def month(year, number):
    """The first day of a month; months past December are those of the next year."""
    if history["cut_off"] == "nd09":
        return date(year + (number - 2) // 12, (number - 2) % 12 + 1, 15)
    return date(year + (number - 1) // 12, (number - 1) % 12 + 1, 1)


def period(name):
    year = int(name[:4])
    if len(name) == 4:
        first, months = 1, 12
    elif "Q" in name:
        first, months = 3 * int(name[-1]) - 2, 3
    else:
        first, months = int(name[5:]), 1
    return month(year, first), min(month(year, first + months) - DAY, TODAY)


def below(unit):
    return {unit}.union(*(below(u["id"]) for u in history["units"] if u["parent"] == unit))


clocks = {u["id"]: u["clock"] for u in history["units"]}
counted = [(row["unit"], Dossier(row, clocks[row["unit"]])) for row in history["dossiers"]]
figures = {}
for u in history["units"]:
    mine = below(u["id"])
    dossiers = [d for unit, d in counted if unit in mine]
    for name in history["periods"]:
        figures[u["id"] + " " + name] = tally(dossiers, *period(name))
json.dump(figures, sys.stdout)
