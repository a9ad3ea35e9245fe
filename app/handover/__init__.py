"""A senior volunteer passes a duty on (傳承): what is held, who follows, and how it is passed from hand to hand."""
