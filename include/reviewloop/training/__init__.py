"""The fine-tuning program: its own process, run as ``python -m reviewloop.training.finetune``."""
