"""The coordinators' home: reads only."""
