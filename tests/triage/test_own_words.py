"""What patients write, English and Spanish: what must be found, and what must not be."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage import own_words
from triage.levels import Urgency
from triage.phrases import Lexicon, Phrase, tokens
from triage.tables import REFERENCE as FOLDER
from triage.tables import BadTable

EMERGENCIES = [
    # words, one rule that must be among those that fire
    ("I can't breathe", "W001"),
    ("i cant brethe good", "W001"),
    ("My mom is having trouble breathing and sounds awful", "W001"),
    ("He can't finish a sentence, he is breathing so hard", "W003"),
    ("Baby's ribs are sucking in when she breathes", "W004"),
    ("her lips look blue", "W005"),
    ("A piece of steak is stuck in my throat", "W006"),
    ("drooling, fever, and he can't swallow his spit", "W007"),
    ("My inhaler is not helping at all tonight", "W009"),
    ("Chest pain since this morning", "W011"),
    ("There's a heavy pressure in the middle of my chest", "W011"),
    ("It feels like an elephant is sitting on my chest", "W011"),
    ("I have no appetite and chest pain", "W011"),
    ("no idea why but my chest hurts", "W011"),
    ("no i cant breathe", "W001"),
    ("I am not sure but I think I am having chest pain", "W011"),
    ("No fever, chest pain started an hour ago", "W011"),
    ("My chest pain began 3 years ago and is worse today", "W011"),
    ("he drank bleach an hour ago", "W085"),
    ("no tengo fiebre tengo dolor de pecho", "W011"),
    ("No se me quita el dolor de pecho", "W011"),
    ("No aguanto el dolor de pecho", "W011"),
    ("No fever, but my chest hurts when I walk up stairs", "W011"),
    ("I have not slept because of the chest pain", "W011"),
    ("Antacids do not help my chest pain", "W011"),
    ("Dad thinks he is having a heart attack", "W012"),
    ("my jaw aches and I am sweating and feel sick", "W013"),
    ("Heart is pounding, I feel dizzy", "W014"),
    ("my heart rate is 155 and won't come down", "W016"),
    ("sudden ripping pain in my upper back", "W017"),
    ("left calf is swollen and now I'm short of breath", "W019"),
    ("My husband's face is drooping on one side", "W021"),
    ("I woke up and my right arm is weak", "W022"),
    ("the whole left side of my body went numb", "W022"),
    ("Her speech is slurred", "W023"),
    ("I suddenly lost vision in one eye", "W024"),
    ("Worst headache of my life", "W028"),
    ("The headache came on suddenly like a thunderclap", "W028"),
    ("fever and a really stiff neck", "W029"),
    ("He had a seizure an hour ago", "W032"),
    ("I passed out in the shower today", "W033"),
    ("Grandma won't wake up properly", "W034"),
    ("My father is confused and doesn't know where he is", "W035"),
    ("He hit his head yesterday and keeps vomiting", "W036"),
    ("Back pain and I'm numb between my legs", "W038"),
    ("Weakness started in my feet and is moving up my legs", "W040"),
    ("Fever of 103 and she is talking nonsense", "W043"),
    ("I'm on chemo and have a fever of 101", "W044"),
    ("I was stung by a wasp and my tongue is swelling", "W045"),
    ("My throat is closing up after eating shrimp", "W045"),
    ("covered in hives and wheezing", "W046"),
    ("I used my EpiPen ten minutes ago", "W049"),
    ("The cut will not stop bleeding", "W051"),
    ("I am soaking a pad every hour", "W051"),
    ("throwing up blood", "W053"),
    ("black tarry stools for two days", "W053"),
    ("Severe stomach pain out of nowhere", "W055"),
    ("8 weeks pregnant with cramping on one side", "W060"),
    ("I missed my period and have severe belly pain", "W060"),
    ("33 weeks pregnant, blood pressure 170/112", "W062"),
    ("pregnant with a terrible headache and seeing spots", "W063"),
    ("I have not felt the baby move since yesterday", "W066"),
    ("Gave birth 5 days ago, now fever and chills", "W069"),
    ("Sudden testicle pain since this morning", "W070"),
    ("erection for 6 hours that hurts", "W072"),
    ("I got bleach in my eye", "W073"),
    ("My 5 week old has a fever of 101", "W076"),
    ("Baby is floppy and hard to wake", "W077"),
    ("my toddler has a fever and purple spots that don't fade", "W081"),
    ("I took a whole bottle of Tylenol", "W084"),
    ("My 2 year old swallowed a button battery", "W086"),
    ("toddler got into grandma's heart pills", "W086"),
    ("He drank antifreeze", "W085"),
    ("I crushed and snorted my pills", "W088"),
    ("took my roommate's Xanax", "W089"),
    ("mixed my oxycodone with vodka last night", "W091"),
    ("I stopped drinking two days ago and I'm shaking and seeing things", "W093"),
    ("I want to kill myself", "W095"),
    ("i feel suisidal", "W095"),
    ("I don't want to be alive anymore", "W095"),
    ("my daughter is cutting herself", "W095"),
    ("Everyone would be better off without me", "W095"),
    ("I can't stop thinking about ending my life", "W095"),
    ("voices are telling me to hurt my kids", "W097"),
    ("type 1 diabetic, vomiting, ketones are high", "W098"),
    ("blood sugar is 42", "W099"),
    ("potassium came back 6.7", "W102"),
    ("My foot is cold and pale and hurts a lot", "W106"),
    ("redness on my leg is spreading fast and I have a fever", "W108"),
    ("he burned his face with boiling oil", "W112"),
    ("Fever after coming home from Nigeria", "W114"),
    ("I can't pee at all and it hurts", "W118"),
    ("oxygen is 87", "W120"),
    ("BP 195/125 with chest pain", "W123"),
    ("My son was bitten by a rattlesnake", "W126"),
    ("hit by a car on my bike", "W127"),
    # Spanish
    ("No puedo respirar", "W001"),
    ("Me falta el aire y me duele el pecho", "W001"),
    ("a mi mamá le cuesta mucho respirar", "W001"),
    ("Tiene los labios morados", "W005"),
    ("Tengo un dolor fuerte en el pecho que se va al brazo izquierdo", "W011"),
    ("siento una opresión en el pecho desde ayer", "W011"),
    ("No tengo fiebre pero me duele el pecho", "W011"),
    ("creo que es un infarto", "W012"),
    ("Se le torció la boca", "W021"),
    ("no puede mover el brazo derecho", "W022"),
    ("Se me durmió la mitad del cuerpo", "W022"),
    ("arrastra las palabras desde hace una hora", "W023"),
    ("el peor dolor de cabeza de mi vida", "W028"),
    ("fiebre y el cuello rígido", "W029"),
    ("Mi hijo tuvo una convulsión", "W032"),
    ("Se desmayó en el baño", "W033"),
    ("mi abuela está confundida y no sabe dónde está", "W035"),
    ("Me picó una abeja y se me hincha la lengua", "W045"),
    ("tengo ronchas y me cuesta respirar", "W046"),
    ("No para de sangrar", "W051"),
    ("Vomita sangre", "W053"),
    ("dolor muy fuerte en el abdomen", "W055"),
    ("Estoy embarazada y estoy sangrando mucho", "W060"),
    ("tengo 34 semanas de embarazo y no siento al bebé moverse", "W066"),
    ("Mi bebé de 3 semanas tiene fiebre", "W076"),
    ("se tomó un frasco de pastillas", "W084"),
    ("mi niño se tragó una pila", "W085"),
    ("Ya no quiero vivir", "W095"),
    ("quiero matarme", "W095"),
    ("me quiero morir", "W095"),
    ("oigo voces que me dicen que lo haga", "W097"),
    ("oxígeno en 85", "W120"),
]

CALM = [
    "I need a refill of my blood pressure medicine",
    "Runny nose and cough for three days",
    "I have a sore throat but no fever and no trouble breathing",
    "Burning when I pee since yesterday",
    "Itchy rash on my elbow for two weeks",
    "Follow-up for my anxiety, doing better",
    "No chest pain, no shortness of breath",
    "I do not have chest pain or trouble breathing",
    "no headache, chest pain, or vision changes",
    "denies suicidal thoughts",
    "I am not suicidal",
    "I don't want to kill myself",
    "I have diabetes but no vomiting, belly pain, or ketones",
    "fever, but no stiff neck or confusion",
    "My allergies are worse, with no swelling of the face, lips, or tongue",
    "It is a mild headache, nothing like the worst of my life",
    "I never had a seizure",
    "Chest pain: none. Shortness of breath: none.",
    "My father had a heart attack in 2015",
    "Family history of stroke and heart attack",
    "I had a seizure 12 years ago",
    "I need a refill of my seizure medication",
    "Please renew my EpiPen",
    "I am confused about my medication list",
    "I had food poisoning last week and I am fine now",
    "Poison ivy on both arms",
    "My knee hurts when I run",
    "Sprained ankle, mild swelling, I can walk on it",
    "Heartburn after dinner",
    "Seek care if you have chest pain or trouble breathing",
    "Call us if new symptoms arise such as chest pain",
    "I want to prevent a heart attack. What diet is good?",
    "Can you check my blood pressure readings? They were 128/82 and 131/79",
    "My blood sugar was 140 this morning",
    "We have been trying to get pregnant for 20 weeks",
    "I need a pregnancy test",
    "My back is killing me after moving furniture",
    "I cut myself shaving and it stopped right away",
    "Can I get a flu shot?",
    "I can't talk right now, can you call me tomorrow?",
    "I can't see my test results in the portal",
    "Is this covered by my insurance?",
    "Dry skin and a few pimples",
    "My 7 year old has lice",
    "Diaper rash on my baby",
    "Trouble sleeping for a month",
    "Do I need a tetanus shot? It has been ten years",
    "I lost my brother to suicide and need grief counseling",
    "My phone died, sorry for the late reply",
    "I have seasonal allergies and sneezing",
    "Constipation for four days",
    "A cold sore came back",
    "Physical therapy for an old shoulder injury",
    "We had a baby shower last week",
    "Refill: 30 tablets of lisinopril",
    # Spanish
    "Necesito resurtir mi medicina de la presión",
    "Tos y mocos desde hace tres días",
    "Sin dolor de pecho y sin falta de aire",
    "No tengo dolor de pecho ni dificultad para respirar",
    "Me arde al orinar desde ayer",
    "tuve una convulsión hace 10 años",
    "Antecedentes familiares de infarto",
    "Quiero una cita para mi hija, tiene piojos",
    "dolor de garganta leve",
    "¿Cubre mi seguro la visita?",
    "No quiero morir, solo estoy triste",
    "Me duele la rodilla cuando corro",
]


@pytest.mark.parametrize(("text", "rule"), EMERGENCIES, ids=[text for text, _ in EMERGENCIES])
def test_an_emergency_in_own_words_is_found(text: str, rule: str) -> None:
    fired = own_words.read(text)
    assert rule in [hit.rule for hit in fired]
    assert fired[0].urgency is Urgency.EMERGENCY_NOW


@pytest.mark.parametrize("text", CALM, ids=CALM)
def test_an_everyday_message_does_not_stop_the_booking(text: str) -> None:
    assert not [hit for hit in own_words.read(text) if hit.urgency.stops_booking]


MILDER = [
    ("I get a bit out of breath on stairs", Urgency.SAME_DAY),
    ("Belly pain on the lower right side with fever", Urgency.URGENT_IN_PERSON),
    ("New floaters in my left eye", Urgency.URGENT_IN_PERSON),
    ("I can't keep anything down", Urgency.URGENT_IN_PERSON),
    ("My right calf is swollen", Urgency.URGENT_IN_PERSON),
    ("UTI with fever and flank pain", Urgency.URGENT_IN_PERSON),
    ("Pregnant and the baby is moving less", Urgency.URGENT_IN_PERSON),
    ("I bumped my head", Urgency.SAME_DAY),
    ("I tried to kill myself 8 years ago", Urgency.SAME_DAY),
    ("I accidentally took a double dose of my metoprolol", Urgency.SAME_DAY),
    ("blood pressure 190/100", Urgency.SAME_DAY),
    ("Heart failure and I gained 6 pounds in a week", Urgency.SAME_DAY),
]


@pytest.mark.parametrize(("text", "urgency"), MILDER, ids=[text for text, _ in MILDER])
def test_what_is_not_an_emergency_gets_its_own_urgency(text: str, urgency: Urgency) -> None:
    assert own_words.read(text)[0].urgency is urgency


WRITTEN_OTHERWISE = [
    "I CAN’T BREATHE",
    "i can not breathe",
    "I can`t  breathe!!!",
    "I cannot breathe 😰",
    "ｉ ｃａｎ＇ｔ ｂｒｅａｔｈｅ",
    "I can\u200b't breathe",
    "I\u00a0can't\tbreathe",
]


@pytest.mark.parametrize("text", WRITTEN_OTHERWISE)
def test_the_way_it_is_typed_makes_no_difference(text: str) -> None:
    assert "W001" in [hit.rule for hit in own_words.read(text)]


def test_a_milder_reading_has_the_advice_of_its_own_urgency() -> None:
    past = own_words.read("I tried to kill myself 8 years ago")[0]
    assert (past.urgency, past.advice.code) == (Urgency.SAME_DAY, "same_day_988")


def test_the_very_words_that_fired_are_named() -> None:
    text = "Hi Dr. B — since lunch I’ve had Chest  PAIN, and José says I look gray."
    hits = {hit.rule: hit.quotes(text) for hit in own_words.read(text)}
    assert hits["W011"] == ["Chest  PAIN"]


def test_the_words_that_fired_are_placed_right_after_letters_that_unfold() -> None:
    text = "ﬁrst — Ǆ… me duele el corazo\u0301n… y el pecho me duele"
    hit = next(hit for hit in own_words.read(text) if hit.rule == "W011")
    assert hit.quotes(text) == ["pecho me duele"]


def test_both_labels_are_there() -> None:
    hit = own_words.read("I can't breathe")[0]
    assert hit.label() == "Trouble breathing"
    assert hit.label("es-us") == "Dificultad para respirar"


def test_the_most_urgent_comes_first() -> None:
    fired = own_words.read("I bumped my head. I also have new floaters. And I can't breathe.")
    assert [hit.urgency.level for hit in fired] == sorted(hit.urgency.level for hit in fired)
    assert fired[0].rule == "W001"


def test_a_known_fact_need_not_be_written_again() -> None:
    assert not own_words.read("fever since last night")
    facts = own_words.known_facts(age_days=40, pregnancy=None)
    assert "W076" in [hit.rule for hit in own_words.read("fever since last night", known=facts)]


def test_a_known_fact_alone_fires_nothing() -> None:
    every = [*own_words.known_facts(age_days=40, pregnancy="pregnant"), "postpartum", "elderly"]
    assert own_words.read("I need a refill", known=every) == []


@pytest.mark.parametrize(
    ("age_days", "pregnancy", "facts"),
    [
        (None, None, []),
        (90, None, ["young_infant", "baby", "child"]),
        (91, None, ["baby", "child"]),
        (30 * 365, "pregnant", ["pregnant"]),
        (30 * 365, "post_partum", ["postpartum"]),
        (80 * 366, "no", ["elderly"]),
    ],
)
def test_facts_follow_from_the_record(
    age_days: int | None, pregnancy: str | None, facts: list[str]
) -> None:
    assert own_words.known_facts(age_days=age_days, pregnancy=pregnancy) == facts


REFERENCE = own_words.shipped()
LEXICON_WORDS = sorted(REFERENCE.concepts.words() | REFERENCE.cues.words())


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_no_text_at_all_raises(text: str) -> None:
    for hit in own_words.read(text):
        assert all(0 <= start < end <= len(text) for start, end in hit.spans)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*LEXICON_WORDS, ".", ",", "?", "168/110", "3", "\n"]), max_size=60
    ).map(" ".join)
)
def test_no_heap_of_our_own_words_raises(text: str) -> None:
    for hit in own_words.read(text):
        assert all(0 <= start < end <= len(text) for start, end in hit.spans)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([text for text, _ in EMERGENCIES]), st.sampled_from(CALM))
def test_an_emergency_is_found_after_any_everyday_sentence(emergency: str, calm: str) -> None:
    fired = own_words.read(f"{calm}. {emergency}.")
    assert fired
    assert fired[0].urgency is Urgency.EMERGENCY_NOW


class CountingWords(list[str]):
    """A text's words that count how often they are looked at."""

    reads = 0

    def __getitem__(self, at):  # type: ignore[no-untyped-def]
        self.reads += 1
        return super().__getitem__(at)


# The most looks at words that one word of text may cost, whatever the text says.
MOST_READS_PER_WORD = 1_000


def reads_for(text: str) -> tuple[int, int]:
    words = CountingWords(token.word for token in tokens(text, {}))
    list(REFERENCE.concepts.find(words, [len(words)] * len(words)))
    return words.reads, len(words)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(LEXICON_WORDS), min_size=1, max_size=6))
def test_the_work_grows_with_the_text_alone(words: list[str]) -> None:
    text = (" ".join(words) + " ") * 2000
    reads, size = reads_for(text[:20_000])
    assert reads <= MOST_READS_PER_WORD * size


def test_twice_the_text_is_no_more_than_twice_the_work() -> None:
    once, _ = reads_for("pain chest no my pain " * 400)
    twice, _ = reads_for("pain chest no my pain " * 800)
    assert twice <= 2.1 * once


@pytest.mark.parametrize("text", ["_ pain", "pain _", "a _ b _ c _ d", "", "Pain", "dolor ñ", "#5"])
def test_a_phrase_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Phrase.parse("pain", text)


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("chest _ pain", "chest and arm pain", True),
        ("chest _ pain", "chest one three five seven pain", False),
        ("chest _ pain", "my chest. No more pain", False),
        ("pass+out|faint", "I may pass out", True),
        ("#131-300 bpm", "155 bpm", True),
        ("#131-300 bpm", "90 bpm", False),
        ("#6-10 weeks", "seven weeks", True),
        ("#160-300 over #40-200", "it was 168/110", True),
        ("vomit* blood", "vomiting blood", True),
    ],
)
def test_a_phrase_means_what_its_notation_says(phrase: str, text: str, expected: bool) -> None:
    found = tokens(text, {})
    words = [token.word for token in found]
    ends = [
        next((j for j in range(i, len(found)) if found[j].sentence != token.sentence), len(found))
        for i, token in enumerate(found)
    ]
    lexicon = Lexicon([Phrase.parse("it", phrase)])
    assert bool(list(lexicon.find(words, ends))) is expected


@pytest.mark.parametrize(
    ("file", "line", "column"),
    [
        ("phrases.csv", "breath,en,_ breathe", "phrase"),
        ("phrases.csv", "breath,fr,respirer", "language"),
        ("phrases.csv", "nobody_needs_me,en,hello", "concept"),
        ("cues.csv", "shouting,en,hey", "kind"),
        ("misspellings.csv", "cheest,", "means"),
        ("word_rules.csv", "W999,,1,,,,,dragons,sentence,call_911,a,b,c,high,2026-11-23,2027-11-23",
         "needs"),
        ("word_rules.csv", "W999,RF999,1,,,,,breath,sentence,call_911,a,b,c,high,2026-11-23,"
         "2027-11-23", "question"),
        ("word_rules.csv", "W999,,1,,,,,breath,nearby,call_911,a,b,c,high,2026-11-23,2027-11-23",
         "within"),
        ("word_rules.csv", "W999,,1,,,,,breath,sentence,shout,a,b,c,high,2026-11-23,2027-11-23",
         "advice"),
        ("word_rules.csv", "W999,,2,,,,,breath,sentence,call_911,a,b,c,high,2026-11-23,2027-11-23",
         "advice"),
        ("word_rules.csv", "W001,,1,,,,,breath,sentence,call_911,a,b,c,high,2026-11-23,2027-11-23",
         "id"),
    ],
)  # fmt: skip
def test_a_wrong_row_of_our_own_is_named(tmp_path: Path, file: str, line: str, column: str) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(FOLDER, folder)
    with (folder / file).open("a", encoding="utf-8") as lines:
        lines.write(line + "\n")
    with pytest.raises(BadTable) as raised:
        own_words.load(folder)
    assert (raised.value.file, raised.value.column) == (file, column)
