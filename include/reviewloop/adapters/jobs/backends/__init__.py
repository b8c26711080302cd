"""Where a fine-tune runs: a process on this machine, a SageMaker training job, an AWS Batch job, a job of a
Kubernetes cluster. One protocol for all."""
