from django import forms

from video.models import PracticeCall


class PracticeResult(forms.ModelForm):
    """What the browser measured. Every part may be missing: the call may have ended early."""

    class Meta:
        model = PracticeCall
        fields = ["camera", "microphone", "connection"]
