"""Uploading files, and deciding what becomes of their rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from pricing.forms.fields import CurrencyField
from transactions.importers import IMPORTERS
from transactions.models import Account, Import

EXTRAS = ("account_name", "currency", "format")


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files, each of them checked."""

    widget = FilesInput(
        attrs={"multiple": True, "accept": ".csv,.tsv,.txt,.xml,.json,.xlsx,.xls,.ofx,.qfx,.zip"}
    )

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    uploads = FilesField(
        label="Files",
        # An empty file is one of several: it gets its own sentence, and the others go on.
        allow_empty_file=True,
        error_messages={"required": "Choose at least one file."},
    )
    account = forms.ChoiceField(
        required=False,
        help_text="Files of different brokers belong into different accounts.",
    )
    account_name = forms.CharField(
        required=False,
        max_length=80,
        label="Name of the new account",
        help_text="Only for a new account with another name than the broker's.",
    )
    format = forms.ChoiceField(
        required=False, help_text="Recognised by the content; choose only if that goes wrong."
    )
    currency = CurrencyField(
        required=False,
        label="Currency of the new account",
        help_text="Only if the file does not say it.",
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        names = Account.objects.owned_by(user.pk).values_list("name", flat=True)
        self.fields["account"].choices = [  # type: ignore[attr-defined]
            ("", "The broker's name (added if there is none yet)"),
            *((name, name) for name in names),
        ]
        self.fields["format"].choices = [  # type: ignore[attr-defined]
            ("", "Recognise"),
            *((importer.format, importer.format) for importer in IMPORTERS),
        ]

    def has_extras(self) -> bool:
        """Whether something is filled in, or wrong, in the part that is closed otherwise."""
        return any(self[name].value() or self[name].errors for name in EXTRAS)

    def account_to_fill(self) -> str | None:
        return self.cleaned_data["account_name"] or self.cleaned_data["account"] or None


def require_acceptable(file: UploadedFile[Any]) -> None:
    """Refuse a file that is too large before it is read into memory."""
    size = file.size or 0
    if size > settings.IMPORT_MAX_BYTES:
        raise ValidationError(
            f"The file has {filesizeformat(size)}; at most "
            f"{filesizeformat(settings.IMPORT_MAX_BYTES)} can be imported at once. "
            "Export a shorter period."
        )


class ChoicesForm(forms.ModelForm):  # type: ignore[type-arg] # not generic when it runs
    """What the preview page asks."""

    class Meta:
        model = Import
        fields = ("keep_rejects", "import_likely_duplicates")
        labels = {
            "keep_rejects": "Import the other rows although some cannot be read",
            "import_likely_duplicates": "Import the likely duplicates as well",
        }
