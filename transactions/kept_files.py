"""Files as they were uploaded, and how those of formats that nobody wrote are read."""

from __future__ import annotations

import zlib

from django.conf import settings
from django.db import models
from django.urls import reverse


class KeptFile(models.Model):
    """The name and the bytes of an uploaded file."""

    file_name = models.CharField(max_length=255)
    content = models.BinaryField(help_text="The original bytes, zlib-compressed.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.file_name

    def original(self) -> bytes:
        """The file as it was uploaded."""
        return zlib.decompress(self.content)


class ColumnMapping(models.Model):
    """How one owner's tables with one header line are read; see transactions.importers.mapped."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="column_mappings", db_index=False
    )
    name = models.CharField(max_length=80)
    # Of the header, so that the next file with it is recognised.
    header_hash = models.CharField(max_length=64)
    layout = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "column_mappings"
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("owner", "name"), name="uix_column_mappings_owner_name"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("transactions:mapping", args=[self.pk])


class UnknownFile(KeptFile):
    """An uploaded table of a format that nobody wrote, until its owner has said how it is read."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="unknown_files"
    )
    # What was chosen with the upload.
    account_name = models.CharField(max_length=80, blank=True)
    currency = models.CharField(max_length=12, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "unknown_files"
