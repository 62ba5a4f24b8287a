"""The routes of signing in, accounts, keys and slips, put together for the front."""

from examsync.access.service import Access
from examsync.edge.api import accounts, api_keys, signing, slips
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.edge.api.signing import Reread


def entries(access: Access, bearer: Bearer, reread: Reread) -> list[Entry]:
    """Every route about who comes in. `reread` is called after tokens were ended."""
    return [
        *signing.entries(signing.Signing(access, bearer, reread)),
        *accounts.entries(accounts.AccountDesk(access.accounts, bearer, reread)),
        *api_keys.entries(api_keys.KeyDesk(access.api_keys, bearer, reread)),
        *slips.entries(slips.SlipDesk(access.codes, bearer)),
    ]
