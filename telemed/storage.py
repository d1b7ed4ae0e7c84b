"""Static files under hashed names; imports inside JavaScript modules are rewritten as well."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORTS = vars(HashedFilesMixin)["_js_module_import_aggregation_patterns"][1]


class HashedModules(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
    # Our modules alone: packages ship scripts whose comments look like imports of missing files.
    _js_module_import_aggregation_patterns = ("js/*.js", _IMPORTS)
