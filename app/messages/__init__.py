"""What people are told: an outbox that commits with the change it tells of, sent afterwards by channel."""
