"""Rules over a step's time and over the machine: each with what makes it fire and what just does not."""

from math import nan

from tests.helpers.watched import fired, gpu, reading, window


def test_waiting_for_data_is_seen():
    slow = window(seconds=5.0, phases={"data": 1.6, "forward": 3.4})
    assert fired("stalled_loader", [slow], threshold=0.3) == {1: "32% of the step time is waiting for data"}


def test_a_little_waiting_is_not():
    assert not fired("stalled_loader", [window(seconds=5.0, phases={"data": 1.5, "forward": 3.5})], threshold=0.3)


def test_a_rank_with_more_to_do_is_seen():
    seen = fired("load_imbalance", [window(rank_seconds=(1.0, 1.5, 1.2))], threshold=0.3)
    assert seen == {1: "rank 1 takes 1.50 s for what rank 0 does in 1.00 s"}


def test_ranks_of_nearly_the_same_pace_are_not():
    assert not fired("load_imbalance", [window(rank_seconds=(1.0, 1.4))], threshold=0.3)


def test_a_rank_alone_has_nobody_to_wait_for():
    assert not fired("load_imbalance", [window(rank_seconds=(1.0,))], threshold=0.0)


def test_a_step_far_slower_than_the_others_is_seen():
    slow = window(50, median_step_seconds=0.5, slowest_step_seconds=2.0, slowest_step=43)
    assert fired("step_outliers", [slow], threshold=3) == {1: "step 43 took 2.00 s, 4.0 times the median step"}


def test_a_step_with_a_longer_batch_is_not():
    assert not fired("step_outliers", [window(median_step_seconds=0.5, slowest_step_seconds=1.5)], threshold=3)


def test_idle_gpus_are_seen():
    seen = fired("low_gpu_use", [reading(gpu=(gpu(use=0.1), gpu(use=0.3)))], threshold=0.3)
    assert seen == {1: "the GPUs compute 20% of the time"}


def test_busy_gpus_are_not():
    assert not fired("low_gpu_use", [reading(gpu=(gpu(use=0.2), gpu(use=0.4)))], threshold=0.3)


def test_without_a_gpu_there_is_no_gpu_to_be_idle():
    assert not fired("low_gpu_use", [reading()], threshold=1.0)
    assert not fired("gpu_memory", [reading()], threshold=0.0)
    assert not fired("cpu_bottleneck", [reading(process_cpu=200.0)], threshold=0.9)


def test_idle_cores_are_seen():
    assert fired("low_cpu_use", [reading(cpu=(40.0, 10.0))], threshold=0.3) == {1: "the 2 cores are busy 25% of the time"}


def test_busy_cores_are_not():
    assert not fired("low_cpu_use", [reading(cpu=(50.0, 10.0))], threshold=0.3)


def test_idle_cores_beside_a_gpu_are_as_it_should_be():
    assert not fired("low_cpu_use", [reading(cpu=(0.0, 0.0), gpu=(gpu(),))], threshold=0.3)


def test_a_busy_program_beside_idle_gpus_is_seen():
    seen = fired("cpu_bottleneck", [reading(process_cpu=98.0, gpu=(gpu(use=0.4),))], threshold=0.9)
    assert seen == {1: "the process takes 1.0 cores while the GPUs compute 40% of the time"}


def test_a_busy_program_beside_busy_gpus_is_not():
    assert not fired("cpu_bottleneck", [reading(process_cpu=98.0, gpu=(gpu(use=0.5),))], threshold=0.9)


def test_idle_gpus_beside_an_idle_program_wait_for_something_else():
    assert not fired("cpu_bottleneck", [reading(process_cpu=80.0, gpu=(gpu(use=0.1),))], threshold=0.9)


def test_processors_that_wait_for_disks_are_seen():
    seen = fired("io_bottleneck", [reading(io_wait_share=0.25)], threshold=0.2)
    assert seen == {1: "the processors wait for disks 25% of the time"}


def test_processors_that_hardly_wait_are_not():
    assert not fired("io_bottleneck", [reading(io_wait_share=0.2)], threshold=0.2)


def test_a_system_that_does_not_tell_of_waiting_is_not_judged():
    assert not fired("io_bottleneck", [reading(io_wait_share=nan)], threshold=0.0)


def test_a_gpu_nearly_full_is_seen():
    seen = fired("gpu_memory", [reading(gpu=(gpu(memory_share=0.5), gpu(memory_share=0.96)))], threshold=0.95)
    assert seen == {1: "GPU 1 has 96% of its memory in use"}


def test_a_gpu_well_filled_is_not():
    assert not fired("gpu_memory", [reading(gpu=(gpu(memory_share=0.95),))], threshold=0.95)
