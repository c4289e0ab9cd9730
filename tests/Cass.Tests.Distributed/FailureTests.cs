using System.Diagnostics;
using Cass.Tests.Order;
using Xunit;

namespace Cass.Tests.Distributed;

/// <summary>A process that fails ends the whole job within seconds, with its message and an exit code that is not 0.</summary>
public sealed class FailureTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    /// <summary>What process 1 does, and what is to be read of it.</summary>
    public static TheoryData<string, string, string> Failures
    {
        get
        {
            (string Setting, string Message)[] failures =
            [
                ("throw=1", "Thrown before the training."),
                ("leave=1", "process 1, which has left"),
                ("give-up=1", "given up"),
                ("broken=41", "noise-41"),
                ("broken=41 catch=1", "noise-41"),
            ];
            return new(from implementation in (string[])[MpiLauncher.OpenMpi, MpiLauncher.Mpich] from failure in failures select (implementation, failure.Setting, failure.Message));
        }
    }

    public static TheoryData<string, string> Differences => new(
        ("seed=77,78", "Seed is in process 0 77, in process 1 78"),
        ("batch=16,8", "BatchSize is in process 0 16, in process 1 8"),
        ("images=80,81", "Count is in process 0 80, in process 1 81"),
        ("brightness=0,1", "Contents of number 0 of the list, 'noise-0', is in process 0"),
        ("what=finetune mislabelled=-1,4", "other training images than process 0: 1 of 80 differ in name or label, of which the first, number 4 of the list, is in process 0 'noise-4' labelled 'grey', in process 1 'noise-4' labelled 'bright'"),
        ("what=finetune validation-mislabelled=-1,5", "other validation images than process 0: 1 of 13 differ in name or label, of which the first, number 5 of the list, is in process 0 'validation-5' labelled 'bright', in process 1 'validation-5' labelled 'dark'"),
        ("what=finetune validation=13,14", "Validation.Count is in process 0 13, in process 1 14"),
        ("what=finetune validation-name=validation,other", "is in process 0 'validation-0' labelled 'dark', in process 1 'other-0' labelled 'dark'"),
        ("what=finetune validation-brightness=0,1", "other validation images than process 0: Contents of number 0 of the list, 'validation-0' labelled 'dark', is in process 0"));

    [Fact]
    public void An_image_that_one_process_alone_cannot_read_ends_all_with_its_name() => EndsAll(MpiLauncher.OpenMpi, "broken=41", "noise-41");

    [Fact]
    public void A_process_that_leaves_early_does_not_leave_the_others_waiting() => EndsAll(MpiLauncher.Mpich, "leave=1", "process 1, which has left");

    [Theory]
    [MemberData(nameof(Failures))]
    [Trait("Category", LongTests.Category)]
    public void So_do_all_other_failures(string implementation, string settings, string message)
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to fail in every way.");
        EndsAll(implementation, settings, message);
    }

    [Fact]
    public void Nor_do_processes_of_other_labels() => Refuses("what=finetune mislabelled=-1,4", "number 4 of the list, is in process 0 'noise-4' labelled 'grey', in process 1 'noise-4' labelled 'bright'");

    [Fact]
    public void Processes_of_other_images_do_not_begin() => Refuses("images=80,81", "Count is in process 0 80, in process 1 81");

    [Theory]
    [MemberData(nameof(Differences))]
    [Trait("Category", LongTests.Category)]
    public void Nor_do_processes_of_other_settings(string settings, string message)
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to differ in every way.");
        Refuses(settings, message);
    }

    [Fact]
    public void A_last_batch_that_cannot_be_shared_is_refused_before_the_first_step() =>
        Refuses("images=34 dropLast=0 talk=1", "leave a last batch of 2 in pretraining for 3 processes, of which each needs one. ", processes: 3);

    [Theory]
    [InlineData("what=byol images=34 dropLast=0 sync=0 talk=1", 2, "34 images in batches of 16 leave a last batch of 2 in pretraining for 2 processes, of which each needs two")]
    [InlineData("what=finetune images=34 dropLast=0 talk=1", 3, "34 images in batches of 16 leave a last batch of 2 in fine-tuning for 3 processes, of which each needs one")]
    [InlineData("batch=2 talk=1", 3, "Pretraining has batches of 2 images for 3 processes, of which each needs one. Raise Pretraining.BatchSize to 3, or start fewer processes.")]
    [InlineData("images=80,10 talk=1", 2, "Pretraining with batches of 16 needs at least as many images; there are 10.")]
    [Trait("Category", LongTests.Category)]
    public void So_is_all_else_that_is_known_from_the_start(string settings, int processes, string message)
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to refuse every plan.");
        Refuses(settings, message, processes);
    }

    [Theory]
    [InlineData("what=cass")]
    [InlineData("what=finetune")]
    public void Training_with_a_group_that_is_disposed_of_is_refused_and_ends_nothing(string settings)
    {
        var launcher = MpiLauncher.Require(MpiLauncher.OpenMpi);
        using var folder = new ResultFolder();
        var ended = launcher.Run(2, "train", folder.Path, "dispose=1", settings).RequireSuccess();
        foreach (var rank in (int[])[0, 1])
        {
            Assert.Contains($"ObjectDisposedException of Cass.Distributed.MpiProcessGroup in {rank}", ended.Output, StringComparison.Ordinal);
        }
    }

    private static void EndsAll(string implementation, string settings, string message)
    {
        var launcher = MpiLauncher.Require(implementation);
        using var folder = new ResultFolder();
        using var running = launcher.Start(2, ["train", folder.Path, "what=cass", "images=80", "epochs=1000", .. settings.Split(' ')]);
        var clock = Stopwatch.StartNew();
        var ended = running.WaitForEnd(TimeSpan.FromSeconds(60));
        Assert.True(ended.ExitCode != 0, ended.Error);
        Assert.Contains(message, ended.Error, StringComparison.Ordinal);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(40), $"It took {clock.Elapsed} from the start.\n{ended.Error}");
        RequireGone(folder.Processes(2)!);
    }

    private static void Refuses(string settings, string message, int processes = 2)
    {
        var launcher = MpiLauncher.Require(MpiLauncher.OpenMpi);
        using var folder = new ResultFolder();
        var ended = launcher.Run(processes, ["train", folder.Path, "what=cass", "catch=1", .. settings.Split(' ')]);
        Assert.NotEqual(0, ended.ExitCode);
        Assert.Contains(message, ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("epoch 1, batch", ended.Output, StringComparison.Ordinal);
    }

    internal static void RequireGone(IReadOnlyList<int> processes, TimeSpan? limit = null)
    {
        var clock = Stopwatch.StartNew();
        while (processes.Any(id => Directory.Exists($"/proc/{id}") && !IsZombie(id)))
        {
            Assert.True(clock.Elapsed < (limit ?? Soon), $"Of the processes {string.Join(", ", processes)} some are there still.");
            Thread.Sleep(20);
        }
    }

    private static bool IsZombie(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].StartsWith('Z');
        }
        catch (IOException)
        {
            return true;
        }
    }
}
