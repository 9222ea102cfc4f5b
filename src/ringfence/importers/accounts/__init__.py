"""The door for many accounts: a table with a row for each position and holding, and the market they share."""

from ringfence.importers.accounts.open import Accounts, Block, open_accounts
from ringfence.importers.accounts.write import table_from, write_accounts

__all__ = ["Accounts", "Block", "open_accounts", "table_from", "write_accounts"]
