"""Decides how urgent a visit is, from what the patient answered and wrote.

The worst flag wins, so one more flag never makes it less urgent. What has once been found
urgent stays so, whatever is answered later: a person may take an answer back because the
page stopped them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from triage.levels import Urgency, worst
from triage.own_words import Fired
from triage.red_flags import Question

ADVICE_IF_UNSURE = {
    Urgency.URGENT_IN_PERSON: "go_in_person_today",
    Urgency.SAME_DAY: "see_clinician_today",
    Urgency.VIDEO_SUITS: "video_visit",
}


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Code(StrEnum):
    """Why the urgency is what it is: the fact that weighed most."""

    EARLIER = "earlier"
    ANSWERED_YES = "answered_yes"
    OWN_WORDS = "own_words"
    NOT_SURE = "not_sure"
    SMALL_PROBLEM = "small_problem"
    NOTHING_FOUND = "nothing_found"


@dataclass(frozen=True)
class Flag:
    """One fact that speaks for an urgency: a question's or a rule's id, and what to do."""

    id: str
    urgency: Urgency
    advice: str
    came_from: Code


@dataclass(frozen=True)
class Facts:
    """All that is known now, and the urgency that was decided before, if any."""

    flags: tuple[Flag, ...] = ()
    already: Urgency | None = None


@dataclass(frozen=True)
class Decision:
    """`reasons` are the flags that made it, `flags` every one, the most urgent first."""

    urgency: Urgency
    code: Code
    reasons: tuple[Flag, ...]
    flags: tuple[Flag, ...]


def flags_of_answers(questions: Iterable[Question], answers: Mapping[str, str]) -> list[Flag]:
    """What the answers say, to the questions that were put. One left out counts as "unsure".

    "Unsure" is taken from the question's row. Where minutes decide (breathing, heart, stroke,
    allergy, suicide, poison, heavy bleeding) it counts as yes: a needless call costs less than
    a missed one. For any other emergency somebody has to look today, in person.
    """
    flags = []
    for question in questions:
        answer = Answer(answers.get(question.id, Answer.UNSURE))
        if answer is Answer.YES:
            flags.append(
                Flag(question.id, question.urgency, question.advice.code, Code.ANSWERED_YES)
            )
        elif answer is Answer.UNSURE and question.is_red_flag:
            same = question.if_unsure is question.urgency
            advice = question.advice.code if same else ADVICE_IF_UNSURE[question.if_unsure]
            flags.append(Flag(question.id, question.if_unsure, advice, Code.NOT_SURE))
    return flags


def flags_of_words(fired: Iterable[Fired]) -> list[Flag]:
    return [Flag(hit.rule, hit.urgency, hit.advice.code, Code.OWN_WORDS) for hit in fired]


def decide(facts: Facts) -> Decision:
    """How urgent it is, and why. Without any flag a video visit suits."""
    flags = tuple(sorted(facts.flags, key=lambda flag: (flag.urgency.level, flag.id)))
    if not flags:
        urgency, code = Urgency.VIDEO_SUITS, Code.NOTHING_FOUND
    else:
        urgency = worst(flag.urgency for flag in flags)
        code = flags[0].came_from
        if urgency is Urgency.SELF_CARE:
            code = Code.SMALL_PROBLEM
    earlier = facts.already
    # Only red flags stand for ever: "a video visit suits" may still become self-care.
    if earlier and earlier.level <= Urgency.SAME_DAY.level and earlier.level < urgency.level:
        urgency, code = earlier, Code.EARLIER
    reasons = tuple(flag for flag in flags if flag.urgency is urgency)
    return Decision(urgency, code, reasons, flags)
