"""Evaluate a checkpoint."""

from argparse import ArgumentParser, Namespace

from mmseg_ext.commands.parser.arguments import (
    add_config,
    add_run_arguments,
    read_config,
    take_launcher,
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of an evaluation."""
    add_config(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--report', metavar='DIR', help='write report.html, .json, .md, .csv there')
    parser.add_argument('--out', metavar='DIR', help='write the predicted class maps there')
    parser.add_argument('--show-dir', metavar='DIR', help='write painted images there')
    parser.add_argument('--show', action='store_true', help='show painted images in a window')
    parser.add_argument('--wait-time', type=float, default=2.0, help='seconds for each window')
    parser.add_argument('--tta', action='store_true', help='test-time augmentation')
    parser.add_argument(
        '--corrupt',
        metavar='KIND[:SEVERITY]',
        help='corrupt the images: contrast, brightness, saturation, blur, fog or noise, of '
        'severity 1 to 5 (default: 3)',
    )
    add_run_arguments(parser)


def run(arguments: Namespace) -> None:
    """Evaluate, and say where the report is."""
    from mmseg_ext.checkpoints.checkpoint import check_checkpoint, check_classes, require_file
    from mmseg_ext.checkpoints.preprocessing import check_preprocessing
    from mmseg_ext.common.config import set_seed, set_work_dir, use_test_time_augmentation
    from mmseg_ext.common.folders import make_folder
    from mmseg_ext.training.before_start.batches import check_evaluated
    from mmseg_ext.training.before_start.loops import check_samplers
    from mmseg_ext.training.before_start.shared_frames import warn_of_training_frames
    from mmseg_ext.training.corrupted import corrupt_test_images
    from mmseg_ext.training.launch import is_main_process, launched
    from mmseg_ext.training.outputs import draw_predictions, keep_predictions
    from mmseg_ext.training.reporting.confidence_scales import take_confidence_scale
    from mmseg_ext.training.reporting.painted_images import paint_printable_names
    from mmseg_ext.training.reporting.report_hook import ReportHook
    from mmseg_ext.training.reporting.report_metric import use_report_metric
    from mmseg_ext.training.reporting.without_labels import (
        NOTHING_SCORED,
        lacks_labels,
        only_predict,
    )
    from mmseg_ext.training.runner import build_runner, progress_bar

    take_launcher(arguments)
    require_file(arguments.checkpoint)
    config = read_config(arguments)
    set_work_dir(config, arguments.work_dir)
    set_seed(config, arguments.seed)
    check_samplers(config)
    config.load_from = arguments.checkpoint
    config.resume = False
    if arguments.show or arguments.show_dir:
        draw_predictions(config, arguments.show_dir, arguments.show, arguments.wait_time)
    if arguments.out:
        keep_predictions(config, arguments.out)
    replaced = use_report_metric(config, 'test_evaluator') if arguments.report else None
    if arguments.tta:
        use_test_time_augmentation(config)
    if arguments.corrupt:
        corrupt_test_images(config, arguments.corrupt)
    for option in ('report', 'out', 'show_dir'):
        if folder := getattr(arguments, option):
            make_folder(f'--{option.replace("_", "-")}', folder)
    make_folder('--work-dir', config.work_dir)
    with launched(config, arguments.launcher):
        if replaced and is_main_process():
            print(replaced)
        runner = build_runner(config, 'test', arguments.verbose)
        check_checkpoint(runner.model, arguments.checkpoint)
        classes = runner.test_loop.dataloader.dataset.metainfo.get('classes')
        check_classes(arguments.checkpoint, classes or ())
        check_preprocessing(arguments.checkpoint, config, 'test')
        take_confidence_scale(runner.test_loop.evaluator, arguments.checkpoint)
        paint_printable_names(runner)
        check_evaluated(runner.test_loop.dataloader, 'test_dataloader')
        warn_of_training_frames(runner)
        if unlabelled := lacks_labels(runner.test_loop.dataloader.dataset):
            writes = bool(arguments.out or arguments.show_dir or arguments.show)
            only_predict(runner, writes, bool(arguments.report))
        report = ReportHook(arguments.report, arguments.checkpoint) if arguments.report else None
        if report:
            runner.register_hook(report)
        with progress_bar(runner):
            runner.test()
    if unlabelled and is_main_process():
        print(NOTHING_SCORED)
    if report and is_main_process():
        print(report.summary())
