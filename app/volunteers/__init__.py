"""People who offer help, including those registered by phone or on paper."""
