"""Which documents a request is about."""

from typing import Annotated

from pydantic import BaseModel, Field

from kg_enrich.documents import scopes
from kg_enrich.models import DocumentId, Scope
from kg_enrich.settings import Settings

Named = Annotated[str, Field(min_length=1, max_length=4096)]
Several = Annotated[list[Named], Field(max_length=10_000)]


class Documents(BaseModel):
    """Documents, by what holds of all of them; without any of it, all documents."""

    documents: Annotated[list[Named | int], Field(max_length=10_000)] = []
    containers: Several = []
    labels: Several = []
    where: Several = []
    """Conditions such as "severity>=2", on properties of KG_ENRICH_FILTER_PROPERTIES."""
    since: str | None = None
    """Changed after this ISO date or time."""

    def scope(self, settings: Settings) -> Scope:
        """Errors: SettingsError for a condition that cannot be, or is on a property not allowed."""
        conditions = [scopes.parse_condition(one, settings.filter_properties) for one in self.where]
        if self.since is not None:
            conditions.append(scopes.since(self.since, settings.document_updated))
        return Scope(
            tuple(DocumentId(str(one)) for one in self.documents),
            tuple(self.labels),
            tuple(conditions),
            tuple(self.containers),
        )
