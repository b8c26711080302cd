"""Which rows are taken when not all can be: nine samplings by the field's names, and how well a sample stands for the rest."""
