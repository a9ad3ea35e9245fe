"""What seniors, successors, carers and coordinators do with a handover."""
