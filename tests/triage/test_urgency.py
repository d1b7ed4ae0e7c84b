"""How urgent it is: the worst flag wins, and nothing answered later takes it back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import own_words, red_flags, urgency
from triage.levels import Urgency, worst
from triage.urgency import Code, Facts, Flag, decide

QUESTIONS = red_flags.shipped()
RED_FLAGS = [question for question in QUESTIONS if question.is_red_flag]
ALL_NO = {question.id: "no" for question in QUESTIONS}

urgencies = st.sampled_from(list(Urgency))
red_flag_urgencies = st.sampled_from(list(Urgency)[:3])
flags = st.builds(
    Flag, st.text(max_size=5), red_flag_urgencies, st.just("call_911"), st.sampled_from(list(Code))
)


def answered(**answers: str) -> urgency.Decision:
    return decide(Facts(tuple(urgency.flags_of_answers(QUESTIONS, ALL_NO | answers))))


@pytest.mark.parametrize(
    ("case", "answers", "expected", "code"),
    [
        ("all no", {}, Urgency.VIDEO_SUITS, Code.NOTHING_FOUND),
        ("trouble breathing", {"RF001": "yes"}, Urgency.EMERGENCY_NOW, Code.ANSWERED_YES),
        ("the worst of two wins", {"RF062": "yes", "RF029": "yes"}, Urgency.URGENT_IN_PERSON,
         Code.ANSWERED_YES),
        ("high pressure without symptoms", {"RF061": "yes"}, Urgency.SAME_DAY, Code.ANSWERED_YES),
        ("unsure of a stroke is a stroke", {"RF011": "unsure"}, Urgency.EMERGENCY_NOW,
         Code.NOT_SURE),
        ("unsure of suicide is a yes", {"RF044": "unsure"}, Urgency.EMERGENCY_NOW, Code.NOT_SURE),
        ("unsure of a testicle is seen today", {"RF034": "unsure"}, Urgency.URGENT_IN_PERSON,
         Code.NOT_SURE),
        ("unsure of a calf is talked about today", {"RF050": "unsure"}, Urgency.SAME_DAY,
         Code.NOT_SURE),
        ("a cold suits video", {"RF063": "yes"}, Urgency.VIDEO_SUITS, Code.ANSWERED_YES),
        ("a canker sore is self-care", {"RF064": "yes"}, Urgency.SELF_CARE, Code.SMALL_PROBLEM),
        ("a small problem hides no red flag", {"RF064": "yes", "RF001": "yes"},
         Urgency.EMERGENCY_NOW, Code.ANSWERED_YES),
        ("unsure of a small problem is nothing", {"RF064": "unsure"}, Urgency.VIDEO_SUITS,
         Code.NOTHING_FOUND),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)  # fmt: skip
def test_answers_decide(case: str, answers: dict[str, str], expected: Urgency, code: Code) -> None:
    decision = answered(**answers)
    assert (decision.urgency, decision.code) == (expected, code)


def test_a_question_left_out_counts_as_unsure() -> None:
    left_out = {key: value for key, value in ALL_NO.items() if key != "RF034"}
    flags = urgency.flags_of_answers(QUESTIONS, left_out)
    assert [(flag.id, flag.advice) for flag in flags] == [("RF034", "go_in_person_today")]


def test_an_answer_that_is_none_of_the_three_is_refused() -> None:
    with pytest.raises(ValueError, match="perhaps"):
        answered(RF001="perhaps")


def test_own_words_decide_with_their_rule_as_the_reason() -> None:
    fired = own_words.read("I can't breathe and I bumped my head")
    decision = decide(Facts(tuple(urgency.flags_of_words(fired))))
    assert decision.urgency is Urgency.EMERGENCY_NOW
    assert decision.code is Code.OWN_WORDS
    assert [flag.id for flag in decision.reasons] == ["W001"]
    assert {flag.id for flag in decision.flags} == {"W001", "W037"}


def test_an_earlier_emergency_stands_when_all_is_taken_back() -> None:
    decision = decide(Facts(already=Urgency.EMERGENCY_NOW))
    assert (decision.urgency, decision.code) == (Urgency.EMERGENCY_NOW, Code.EARLIER)


def test_what_suited_video_may_become_self_care() -> None:
    small = Flag("RF064", Urgency.SELF_CARE, "self_care", Code.ANSWERED_YES)
    assert decide(Facts((small,), already=Urgency.VIDEO_SUITS)).urgency is Urgency.SELF_CARE


@given(st.lists(flags), flags, st.none() | urgencies)
def test_one_more_flag_never_makes_it_less_urgent(
    some: list[Flag], one_more: Flag, already: Urgency | None
) -> None:
    before = decide(Facts(tuple(some), already))
    after = decide(Facts((*some, one_more), already))
    assert after.urgency.level <= before.urgency.level
    assert after.urgency.level <= one_more.urgency.level


@given(st.lists(st.lists(flags, max_size=3), min_size=1, max_size=6))
def test_no_later_round_of_answers_undoes_an_earlier_one(rounds: list[list[Flag]]) -> None:
    already: Urgency | None = None
    worst_so_far = Urgency.SELF_CARE
    for some in rounds:
        decision = decide(Facts(tuple(some), already))
        worst_so_far = worst([worst_so_far, *(flag.urgency for flag in some)])
        assert decision.urgency.level <= worst_so_far.level
        already = decision.urgency


@given(st.dictionaries(st.sampled_from([q.id for q in RED_FLAGS]), st.sampled_from(
    ["yes", "no", "unsure"])), st.sampled_from(RED_FLAGS))  # fmt: skip
def test_a_yes_is_never_less_urgent_than_unsure_nor_unsure_than_no(
    answers: dict[str, str], question: red_flags.Question
) -> None:
    levels = [
        answered(**(answers | {question.id: value})).urgency.level
        for value in ("yes", "unsure", "no")
    ]
    assert levels == sorted(levels)


@given(st.permutations(RED_FLAGS[:6]))
def test_the_order_of_the_flags_does_not_matter(order: list[red_flags.Question]) -> None:
    made = tuple(urgency.flags_of_answers(order, {question.id: "yes" for question in order}))
    assert decide(Facts(made)) == decide(Facts(tuple(reversed(made))))


@pytest.mark.parametrize("level", ["0", "6", "-1", "x", ""])
def test_a_level_is_one_to_five(level: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Urgency.of_level(level)


def test_levels_stop_the_booking_down_to_urgent_in_person() -> None:
    assert [one.stops_booking for one in Urgency] == [True, True, False, False, False]
