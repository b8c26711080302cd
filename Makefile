SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run deliver drift stories serve query status password logs stop clean backup restore test test-fast check lock study-quality study-dialects study-engines study-gates study-outage study-rollout study-swaps study-kills study-drain study-shadow study-drift study-live-quality study-products study-features study-joins study-labels study-queue study-notes study-malformed study-sampling study-augmentation study-finetune rollout-demo leaderboard bench bench-serving bench-forms bench-pages bench-trace bench-data bench-orchestration trace verify reproduce score findings notebooks sentinel

export PYTHONPATH := $(CURDIR)/include:$(CURDIR)/plugins
unexport PYTHONDONTWRITEBYTECODE# with it every import compiles anew, and takes three times as long
export CSV PART SQL FILE DAY KIND FORCE TO FROM OF# handed on through the environment, so that spaces and quotes in them stay what they are

PYTHON := .venv/bin/python
LOOP := $(PYTHON) -m reviewloop_local
PYTEST := $(PYTHON) -m pytest
INSTALLED := @test -x $(PYTHON) || { echo "reviewloop: nothing is installed yet; \`make run\` does it" >&2; exit 1; }

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## the whole loop on sample reviews; CSV="path/to/file.csv" takes a review file with Kaggle's columns
	@scripts/install
	@$(LOOP) run --csv "$$CSV"

deliver: ## deliver a file of your own: FILE="path/to/reviews.csv" DAY=2026-01-05; again for a day is a correction
	@scripts/install
	@$(LOOP) deliver --file "$$FILE" --day "$$DAY"

drift: ## deliver drifted days and watch the retraining that they start; KIND=prior (covariate, concept, label_definition, population, quality) plants one kind
	@scripts/install
	@$(LOOP) drift --kind "$$KIND"

stories: ## one model refused, one promoted, one taken back, through the running loop; then what a trace tells of each
	@scripts/install
	@$(LOOP) stories

serve: ## answer predictions with the champion on http://127.0.0.1:8000
	@scripts/install
	@$(LOOP) serve

query: ## the lake's tables and columns; SQL="SELECT department, count(*) AS n FROM reviews GROUP BY department" asks them
	$(INSTALLED)
	@$(LOOP) step query "$$SQL"

trace: ## where something comes from and what came of it: OF=7 (a version), 2026-01-02/42 (a prediction), request:ID, a digest, person:NAME
	$(INSTALLED)
	@$(LOOP) step trace "$$OF"

verify: ## has anybody changed ledger, files, tags or aliases? A line for each that is not what it was
	$(INSTALLED)
	@$(LOOP) step verify

reproduce: ## make a version again of what it was made of, and compare: OF=7
	$(INSTALLED)
	@$(LOOP) step reproduce "$$OF"

status: ## what runs, what is ready, and where
	$(INSTALLED)
	@$(LOOP) status

password: ## the password of Airflow's user admin; nothing else ever prints it
	$(INSTALLED)
	@$(LOOP) password

logs: ## follow the logs; PART=mlflow follows one
	$(INSTALLED)
	@$(LOOP) logs "$$PART"

stop: ## stop everything; the data stays
	$(INSTALLED)
	@$(LOOP) down

clean: ## stop everything and delete the stack's data (the installed packages stay)
	$(INSTALLED)
	@$(LOOP) clean

backup: ## copy databases, keys, catalog and objects: TO="new folder"; the stack may run on
	$(INSTALLED)
	@$(LOOP) backup --to "$$TO"

restore: ## go back to a backup: FROM="folder", PART=mlflow only one service; what is there now is moved aside
	$(INSTALLED)
	@$(LOOP) restore --from "$$FROM" --part "$$PART"

study-quality: ## does the quality gate bite, and only where it should? CSV="file" takes real reviews
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.quality_study $(if $(CSV),--csv "$$CSV")

study-dialects: ## are deliveries read as they were written, with quotes around cells and without? CSV="file" takes real reviews
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.dialect_study $(if $(CSV),--csv "$$CSV")

study-engines: ## do the fast ways through a day say what the plain ones say? 1,000 drawn tables; TABLES=100
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.engine_study $(if $(TABLES),--tables "$(TABLES)")

study-gates: ## how often do the model gates stop a good model, and what do they catch? CSV="file" takes real reviews, DOCS=1 writes docs/gates.md
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.gate_study $(if $(CSV),--csv "$$CSV") $(if $(filter-out 0,$(DOCS)),--docs)

study-outage: ## S3 and MLflow away in the middle of every DAG, and lost and restored: SECONDS_AWAY=600, SERVICE=mlflow, DAGS="sentiment_train", LOST=0 leave out
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.outage_study $(if $(SECONDS_AWAY),--seconds "$(SECONDS_AWAY)") $(if $(SERVICE),--service $(SERVICE)) \
	  $(if $(DAGS),--dag $(DAGS)) $(if $(filter 0,$(LOST)),--no-lost)

study-rollout: ## how often a rollout's tests cry wolf, what they catch, and what peeking would have done
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.rollout_study

rollout-demo: ## a good challenger is promoted, five planted ones come back, each by its guard; CSV="path" for real reviews
	@scripts/install
	@$(PYTHON) -m reviewloop_local.rollout_demo $(if $(CSV),--csv "$$CSV")

study-swaps: ## 10,000 requests while 20 models take over from each other: does anybody notice?
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.swap_study

study-kills: ## the endpoint killed 20 times while it answers: is every answer that somebody got captured?
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.kill_study

study-drain: ## 5,000 requests through a load balancer while the endpoints behind it are restarted: does one fail?
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.drain_study

study-shadow: ## what a challenger that reads in shadow costs those who are answered: the champion's p99, in turns
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.shadow_study

study-drift: ## how often does the monitor cry wolf, and what does it see? CSV="file" takes real reviews, DOCS=1 writes docs/monitoring.md
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.drift_study $(if $(CSV),--csv "$$CSV") $(if $(filter-out 0,$(DOCS)),--docs)

study-live-quality: ## is the kind of drift named right, and how sure is quality without labels? CSV="file" takes real reviews, DOCS=1 writes docs/live-quality.md
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.live_quality_study $(if $(CSV),--csv "$$CSV") $(if $(filter-out 0,$(DOCS)),--docs)

study-products: ## how often does the product watch cry wolf, and what does it see? CSV="file" takes real reviews, DOCS=1 writes docs/products.md
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.products_study $(if $(CSV),--csv "$$CSV") $(if $(filter-out 0,$(DOCS)),--docs)

study-features: ## what does a feature add to title and text? By cross-validation: CSV="file" takes real reviews, ONLY=num_words one feature
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.feature_study $(if $(CSV),--csv "$$CSV") $(if $(ONLY),--only "$(ONLY)")

study-joins: ## 10,000 random point-in-time joins beside a brute-force oracle
	@scripts/install dev
	@REVIEWLOOP_JOINS=10000 $(PYTEST) -q --timeout=0 tests/core/features/test_as_of.py -k oracle

study-labels: ## what are labels worth that no rating gave, and are wrong ones found? CSV="file" takes real reviews, DOCS=1 writes docs/labels.md
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.label_study $(if $(CSV),--csv "$$CSV") $(if $(filter-out 0,$(DOCS)),--docs)

study-queue: ## are the texts that people are asked to label worth more than random ones? CSV="file" takes real reviews, DOCS=1 writes docs/labelling.md
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.queue_study $(if $(CSV),--csv "$$CSV") $(if $(filter-out 0,$(DOCS)),--docs)

study-notes: ## whom do the endpoint's notes on foreign and unfamiliar texts flag? CSV="file" takes real reviews
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.familiarity_study $(if $(CSV),--csv "$$CSV")

study-sampling: ## do the samplings keep what they promise? 10,000 draws each
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.sampling_study

study-augmentation: ## do made training rows help? The baseline with and without them, cross-validated; CSV="file" takes real reviews
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.augmentation_study $(if $(CSV),--csv "$$CSV")

study-finetune: ## what makes the fine-tune better? Settings side by side; CSV="file" takes real reviews, ROWS=13000, ONLY="rows from templates"
	@scripts/install
	@$(PYTHON) -m reviewloop_local.studies.finetune_study $(if $(CSV),--csv "$$CSV") $(if $(ROWS),--rows "$(ROWS)") $(if $(ONLY),--only "$(ONLY)")

study-malformed: ## a thousand malformed requests to the endpoint: no error of ours, and nothing sent back
	@scripts/install dev
	@REVIEWLOOP_MALFORMED=1000 $(PYTEST) -q -s tests/serving/test_malformed.py

leaderboard: ## kinds of models side by side, cross-validated, and which to choose: CSV="file" takes real reviews, MINUTES=20, FOLDS=5, DOCS=1 writes docs/leaderboard.md
	@scripts/install
	@$(PYTHON) -m reviewloop_local.leaderboard $(if $(CSV),--csv "$$CSV") $(if $(MINUTES),--minutes "$(MINUTES)") $(if $(FOLDS),--folds "$(FOLDS)") $(if $(SEED),--seed "$(SEED)") $(if $(filter-out 0,$(DOCS)),--docs)

notebooks: ## two notebooks that were run: what the rows are like, what the leaderboard tried and each of it again; CSV="file", MINUTES=20, FOLDS=5
	@scripts/install dev
	@$(PYTHON) -m reviewloop_local.notebooks $(if $(CSV),--csv "$$CSV") $(if $(MINUTES),--minutes "$(MINUTES)") $(if $(FOLDS),--folds "$(FOLDS)") $(if $(SEED),--seed "$(SEED)")

bench: ## training speed and quality: the customer's loop, Hugging Face, ours; CSV="file", ROWS=2560 to train on, QUICK=1 for speed alone, DOCS=1 writes docs/benchmarks.md
	@scripts/install
	@$(PYTHON) -m reviewloop_local.bench $(if $(CSV),--csv "$$CSV") $(if $(ROWS),--train-rows "$(ROWS)") $(if $(filter-out 0,$(QUICK)),--quick) $(if $(filter-out 0,$(DOCS)),--docs)

bench-serving: ## the endpoint beside what people write instead: CSV="file", MODEL="folder", QUICK=1 under 3 minutes, DOCS=1 writes docs/benchmarks.md
	@scripts/install
	@$(PYTHON) -m reviewloop_local.bench_serving $(if $(CSV),--csv "$$CSV") $(if $(MODEL),--model "$(MODEL)") $(if $(filter-out 0,$(QUICK)),--quick) $(if $(filter-out 0,$(DOCS)),--docs)

bench-forms: ## in which form should the model be served? Four runtimes, several precisions: CSV="file", MODEL="folder", DOCS=1 writes docs/serving.md
	@scripts/install
	@$(PYTHON) -m reviewloop_local.bench_forms $(if $(CSV),--csv "$$CSV") $(if $(MODEL),--model "$(MODEL)") $(if $(filter-out 0,$(DOCS)),--docs)

bench-pages: ## seconds that the pages on the table of metrics take with DAYS=365 behind them; PICTURES="folder" for light and dark, wide and narrow
	@scripts/install dev
	@$(PYTHON) -m reviewloop_local.bench_pages $(if $(DAYS),--days "$(DAYS)") $(if $(PICTURES),--pictures "$(PICTURES)")

bench-trace: ## seconds that a trace takes with VERSIONS=10000 in the ledger, each question as its command; minutes
	@scripts/install
	@$(PYTHON) -m reviewloop_local.bench_trace $(if $(VERSIONS),--versions "$(VERSIONS)")

bench-data: ## a day of 20 thousand, 200 thousand and 2 million reviews into the lake: CSV="file", ROWS="20000 200000", AGAINST=commit in turns, DOCS=1 writes docs/benchmarks.md
	@scripts/install
	@$(PYTHON) -m reviewloop_local.bench_data $(if $(CSV),--csv "$$CSV") $(if $(ROWS),--rows $(ROWS)) $(if $(AGAINST),--against "$(AGAINST)") $(if $(filter-out 0,$(DOCS)),--docs)

bench-orchestration: ## what Airflow costs a training: the whole DAG beside a plain script, in turns, and an unchanged one; CSV="file", ROUNDS=3, UNCHANGED=5, PROFILE=e2e, DOCS=1 writes docs/benchmarks.md
	@scripts/install
	@$(PYTHON) -m reviewloop_local.bench_orchestration $(if $(CSV),--csv "$$CSV") $(if $(ROUNDS),--rounds "$(ROUNDS)") $(if $(UNCHANGED),--unchanged "$(UNCHANGED)") $(if $(PROFILE),--profile "$(PROFILE)") $(if $(filter-out 0,$(DOCS)),--docs)

score: ## how ready is the loop for production? The ML Test Score from tests that are run now; DOCS=1 writes docs/score.md
	@scripts/install dev
	@$(PYTHON) -m reviewloop_local.score $(if $(filter-out 0,$(DOCS)),--docs)

findings: ## show the surprises in other people's libraries, each in an environment of its own; findings/NAME.sh runs one
	@unset PYTHONPATH; failed=; for finding in findings/*.sh; do echo "== $$finding"; "$$finding" || failed+=" $$finding"; done; \
	if [ -n "$$failed" ]; then echo "no longer as told:$$failed" >&2; exit 1; fi

sentinel: ## newest versions of everything within the majors that are pinned: does a fast test break, and by which pin? Minutes an environment
	@scripts/install dev
	@$(PYTHON) -m reviewloop_local.sentinel

test: ## all tests, the first ones through a real scheduler; some 24 minutes on two cores
	@scripts/install dev
	$(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder --durations=25 # three on two cores: tests wait for services, or for a scheduler

test-fast: ## the tests that need no service and no training; under 90 seconds on two cores
	@scripts/install dev
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m "not contract and not e2e and not slow"

check: ## lint, formatting, types, architecture
	@scripts/install dev
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy include/reviewloop include/reviewloop_local
	.venv/bin/lint-imports

lock: ## compile requirements*.in into the pinned requirements*.txt
	@scripts/install dev
	@$(PYTHON) scripts/lock.py
