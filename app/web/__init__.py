"""What every page shares: who may open it, the session of a request, languages, errors, the menu."""
