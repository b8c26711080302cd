"""Where a fine-tune runs: a process on this machine, a SageMaker training job, an AWS Batch job. One protocol for all."""
