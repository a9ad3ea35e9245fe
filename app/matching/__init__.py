"""Who helps whom: decided at night, approved, accepted and put right by people. Imports nothing by itself."""
