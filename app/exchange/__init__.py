"""Files in and out: registers as programmes keep them, read with a preview; exports that read back the same."""
