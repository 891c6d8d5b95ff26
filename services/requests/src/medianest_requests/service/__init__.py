"""The use cases of this service."""

from dataclasses import dataclass

from medianest_requests.service.artwork import Artwork
from medianest_requests.service.asking import Asking
from medianest_requests.service.catalogue import Catalogue
from medianest_requests.service.deciding import Deciding
from medianest_requests.service.leaving import Leaving
from medianest_requests.service.library import Library
from medianest_requests.service.listing import Listing
from medianest_requests.service.reconciling import Reconciling
from medianest_requests.service.returning import Returning
from medianest_requests.service.submitting import Submitting
from medianest_requests.service.webhooks import Webhooks


@dataclass(frozen=True)
class Services:
    """Everything routes and consumers call."""

    catalogue: Catalogue
    artwork: Artwork
    asking: Asking
    deciding: Deciding
    listing: Listing
    library: Library
    webhooks: Webhooks
    leaving: Leaving
    returning: Returning
    submitting: Submitting
    reconciling: Reconciling
