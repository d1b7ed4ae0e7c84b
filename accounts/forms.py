from allauth.account.forms import SignupForm as AllauthSignupForm


class SignupForm(AllauthSignupForm):
    """E-mail and password; who the patient is comes on the next page."""
