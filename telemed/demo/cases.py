"""What the demo's patients come with, and what was written down. Invented, and plain on purpose."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Medicine:
    """What is prescribed; names, forms and strengths are those of the drug table."""

    drug: str
    strength: str
    form: str
    quantity: int
    directions: str
    refills: int = 0


@dataclass(frozen=True)
class Case:
    reason: str
    subjective: str
    objective: str
    assessment: str
    plan: str
    for_patient: str
    outcome: str = "advice"
    only_with: str = ""  # a condition that the patient must have
    only_from: int = 0  # years of age
    only_sex: str = ""
    medicine: Medicine | None = None


VIDEO = (
    Case(
        "My nose has been running for four days and I cough at night. No fever.",
        "Four days of runny nose and dry cough, worse at night. No fever. Eats and drinks well.",
        "Looks well on video. Speaks in full sentences. Nose sounds blocked. No fast breathing.",
        "Common cold.",
        "Fluids, honey, saline rinse. Back if it lasts more than ten days or fever comes.",
        "This is a cold. It goes away by itself in a week or so. Drink plenty and rest. "
        "Call us if you get a fever, or if you are not better in ten days.",
    ),
    Case(
        "It burns when I pee since yesterday and I have to go all the time.",
        "One day of burning and frequency. No fever, no back pain, no vaginal symptoms. "
        "One infection like this two years ago.",
        "Looks well. No pain when tapping her own flanks.",
        "Uncomplicated bladder infection.",
        "Nitrofurantoin 100 mg twice a day for five days. Back if not better in two days.",
        "You have a bladder infection. Take the medicine twice a day with food for five days, "
        "also when you feel better. Call us if you get a fever or pain in your back.",
        outcome="prescription",
        medicine=Medicine(
            "nitrofurantoin",
            "100 mg",
            "capsule (macrocrystals and monohydrate)",
            10,
            "Take 1 capsule by mouth twice a day for 5 days, with food.",
        ),
        only_sex="female",
        only_from=18,
    ),
    Case(
        "I have an itchy red patch on my arm since I worked in the garden on Saturday.",
        "Itching and redness of the left forearm since garden work. No fever, no swelling of face.",
        "Red streaks with small blisters on the inner left forearm, about 6 by 4 cm.",
        "Contact dermatitis, probably from a plant.",
        "Triamcinolone 0.1% cream twice a day for a week. Wash clothes and tools.",
        "Your skin reacted to a plant. Use a thin layer of the cream twice a day for a week. "
        "Wash the clothes you wore. Call us if it spreads to your face or oozes.",
        outcome="prescription",
        medicine=Medicine(
            "triamcinolone", "0.1%", "cream", 30, "Put a thin layer on the sore skin twice a day."
        ),
    ),
    Case(
        "My throat is sore since Sunday. I can swallow fine but it scratches.",
        "Three days of scratchy throat with a blocked nose. No fever. Swallows without trouble.",
        "Throat a little red on camera, no white spots. No swollen glands felt.",
        "Viral sore throat.",
        "Salt water, lozenges, acetaminophen as on the label. No antibiotic needed.",
        "A virus causes this. An antibiotic would not help. Gargle with salt water and use "
        "lozenges. Come back if it gets worse after three days.",
    ),
    Case(
        "My eye is pink and sticky in the morning. It does not hurt and I see well.",
        "Two days of sticky discharge, right eye. Sight is normal. No contact lenses.",
        "Right eye pink, lids a bit swollen. Reads small print with each eye.",
        "Conjunctivitis.",
        "Wash with clean water, no sharing of towels. Back if pain or if sight changes.",
        "You have pink eye. It usually clears up in a week. Wash your hands often, and do not "
        "share towels. Call us the same day if it hurts or if you see less well.",
    ),
    Case(
        "My lower back is stiff since I carried boxes last week. I can walk and sleep.",
        "Six days of low back stiffness after lifting. No leg weakness, no numbness, "
        "bladder and bowels normal.",
        "Walks and bends on video. Rises on toes and heels without trouble.",
        "Strain of the lower back.",
        "Keep moving, warmth, ibuprofen as on the label with food. Physical therapy if needed.",
        "You strained your back. Keep moving gently: it heals faster than with rest. "
        "Warmth helps. If it is not better in two weeks we can book physical therapy.",
        outcome="follow_up",
    ),
    Case(
        "I get heartburn after dinner most days for about three weeks.",
        "Three weeks of burning behind the breastbone after late meals. No trouble swallowing, "
        "no weight loss, no black stools.",
        "Looks well. Points below the breastbone. Belly soft to the patient's own hand.",
        "Acid reflux.",
        "Omeprazole 20 mg before breakfast for four weeks. Earlier, smaller dinners.",
        "Acid comes up from your stomach. Take one capsule half an hour before breakfast for four "
        "weeks. Eat dinner earlier, and not so much at once.",
        outcome="prescription",
        medicine=Medicine(
            "omeprazole",
            "20 mg",
            "delayed-release capsule",
            28,
            "Take 1 capsule by mouth once a day.",
        ),
    ),
    Case(
        "My spring allergy is back, itchy eyes and sneezing all day.",
        "Two weeks of sneezing and itchy eyes, as every year. Cetirizine helps a little.",
        "Eyes a little red, clear nose. Breathes with ease.",
        "Hay fever.",
        "Fluticasone nose spray, two sprays on each side daily, with cetirizine.",
        "Use the nose spray every day, not only on bad days. It takes a week to work fully.",
        outcome="prescription",
        medicine=Medicine(
            "fluticasone",
            "50 mcg/actuation",
            "nasal spray",
            1,
            "Spray once into each nostril, once a day.",
            refills=2,
        ),
    ),
)  # fmt: skip

ONCE_A_DAY = "Take 1 tablet by mouth once a day."
TWICE_A_DAY = "Take 1 tablet by mouth twice a day."
# What is renewed is what the patient takes: by the words of their history.
RENEWED = {
    "lisinopril 20 mg": Medicine("lisinopril", "20 mg", "tablet", 90, ONCE_A_DAY, 1),
    "lisinopril 10 mg": Medicine("lisinopril", "10 mg", "tablet", 90, ONCE_A_DAY, 1),
    "amlodipine 5 mg": Medicine("amlodipine", "5 mg", "tablet", 90, ONCE_A_DAY, 1),
    "amlodipine 10 mg": Medicine("amlodipine", "10 mg", "tablet", 90, ONCE_A_DAY, 1),
    "losartan 50 mg": Medicine("losartan", "50 mg", "tablet", 90, ONCE_A_DAY, 1),
    "hydrochlorothiazide 25 mg": Medicine(
        "hydrochlorothiazide", "25 mg", "tablet", 90, ONCE_A_DAY, 1
    ),
    "metformin 500 mg": Medicine("metformin", "500 mg", "tablet", 180, TWICE_A_DAY, 1),
    "metformin 1000 mg": Medicine("metformin", "1000 mg", "tablet", 180, TWICE_A_DAY, 1),
    "albuterol inhaler": Medicine(
        "albuterol",
        "90 mcg/actuation",
        "inhaler",
        1,
        "Breathe in 2 puffs every 4 to 6 hours as needed for wheezing.",
        1,
    ),
}

RENEWAL = (
    Case(
        "I need my blood pressure pills renewed. I feel fine.",
        "Takes the tablet daily, no side effects. Home readings about 128/78.",
        "Looks well. Showed the cuff: 126/80.",
        "High blood pressure, well controlled.",
        "Renewed for 90 days. Kidney values are due in two months.",
        "Your blood pressure is good. Go on with the tablet. Have your blood tested in two months.",
        outcome="prescription",
        only_with="High blood pressure",
    ),
    Case(
        "My diabetes tablets run out next week.",
        "Takes metformin with meals. Morning sugar 110 to 135. No lows.",
        "Looks well. Showed the meter's last week.",
        "Type 2 diabetes, at target.",
        "Renewed for 90 days. A1c is due next month.",
        "Your sugar is where it should be. Go on as you do. Your three-month blood test is due.",
        outcome="prescription",
        only_with="Type 2 diabetes",
    ),
    Case(
        "My inhaler is almost empty. I use it maybe once a week.",
        "Uses the rescue inhaler once a week. Sleeps well. No visit to an emergency room.",
        "Speaks in full sentences, breathes quietly.",
        "Asthma, well controlled.",
        "Renewed. Written action plan reviewed.",
        "Your asthma is well under control. If you need the inhaler more than twice a week, "
        "book a visit.",
        outcome="prescription",
        only_with="Asthma",
    ),
)

CHRONIC = (
    Case(
        "I want to go over my home blood pressure numbers.",
        "Morning readings of two weeks, mean 134/82. No dizziness. Walks 30 minutes a day.",
        "Cuff on video: 132/82, pulse 70.",
        "High blood pressure, close to target.",
        "Less salt, same dose. Readings again in four weeks.",
        "You are almost there. Keep measuring three mornings a week and eat less salt.",
        outcome="follow_up",
        only_with="High blood pressure",
    ),
    Case(
        "My sugar in the morning has been a bit higher this month.",
        "Morning sugar 140 to 165 for three weeks. Less walking since the move.",
        "Looks well. Feet shown on camera: skin whole.",
        "Type 2 diabetes, above target.",
        "Walk after dinner, review in four weeks, then discuss a second medicine.",
        "Walk for 15 minutes after dinner and write down your morning sugar. "
        "We talk again in four weeks.",
        outcome="follow_up",
        only_with="Type 2 diabetes",
    ),
    Case(
        "Weekly check of my weight for my heart. It is the same as last week.",
        "Weight steady, sleeps on one pillow, ankles as usual.",
        "Speaks easily. Ankles shown on camera: no new swelling.",
        "Heart failure, stable.",
        "Same medicines. Daily weight. Calls when three pounds up in a day.",
        "Your weight is steady, well done. Call us at once if you gain three pounds in a day.",
        outcome="follow_up",
        only_with="Heart failure",
    ),
)

THERAPY = (
    Case(
        "I worry about work all evening and do not switch off.",
        "Worry in the evening, four nights a week. Sleeps six hours. No thoughts of self-harm.",
        "Calm, good eye contact, speech normal.",
        "Work stress with worry.",
        "Worry time at 6 PM, breathing exercise, sleep diary. Weekly sessions.",
        "Write your worries down at six, then close the book. Do the breathing twice a day.",
        outcome="follow_up",
        only_from=18,
    ),
    Case(
        "I have been sad since my mother passed away in the summer.",
        "Grief of five months. Sees friends, works. No thoughts of self-harm.",
        "Tearful at times, warm, hopeful about the family.",
        "Grief.",
        "Letter to the mother, one meeting with friends a week. Sessions every second week.",
        "Grief takes its time. Write the letter, and see one friend this week.",
        outcome="follow_up",
        only_from=18,
    ),
    Case(
        "I get nervous before I have to talk in front of people.",
        "Nervous before meetings for years. Avoids presenting. No panic attacks.",
        "Friendly, a little tense at first.",
        "Fear of speaking in public.",
        "Ladder of small steps, first one: a question in the team meeting.",
        "Take the first step of your ladder: ask one question in Monday's meeting.",
        outcome="follow_up",
        only_from=18,
    ),
)

MOVEMENT = (
    Case(
        "My knee is stiff going down stairs since I started running.",
        "Three weeks of pain at the front of the right knee, worse on stairs. No swelling.",
        "Squats on camera with the knee turning in. Full movement.",
        "Pain at the kneecap from running.",
        "Hip and thigh exercises, three sets, every second day. Half the distance for two weeks.",
        "Do the two exercises every second day, and run half as far for two weeks.",
        outcome="follow_up",
    ),
    Case(
        "My shoulder is tight after months at the desk.",
        "Two months of tight right shoulder. No numbness. Sleeps on it without pain.",
        "Lifts both arms overhead, slower on the right.",
        "Stiff shoulder from posture.",
        "Wall slides and band rows daily, screen higher, pause each hour.",
        "Two exercises a day, and stand up once an hour. Raise your screen.",
        outcome="follow_up",
    ),
    Case(
        "I want to check my back exercises from last time.",
        "Back is better, pain two of ten in the morning.",
        "Bridge and side plank shown, good form.",
        "Low back strain, getting better.",
        "Next level of both exercises. Back in three weeks.",
        "Well done. Hold each exercise ten seconds longer from now on.",
        outcome="follow_up",
    ),
)

BY_VISIT_TYPE = {
    "video": VIDEO,
    "renewal": RENEWAL,
    "chronic": CHRONIC,
    "therapy": THERAPY,
    "movement": MOVEMENT,
}
