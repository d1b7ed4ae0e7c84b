"""The words for a flag that fired, whether it was ticked or read in the patient's own words."""

from triage import own_words, red_flags


def flag_text(code: str, language: str | None) -> str:
    """Empty for a flag that our reference no longer has."""
    for question in red_flags.shipped():
        if question.id == code:
            return question.text(language)
    for rule in own_words.shipped().rules:
        if rule.id == code:
            return rule.labels.in_language(language)
    return ""
