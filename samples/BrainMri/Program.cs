using System.Runtime.InteropServices;
using BrainMri;
using BrainMri.CommandLine;
using BrainMri.Display;
using Spectre.Console;

if (OpenFileLimit.Problem() is { } problem)
{
    Console.Error.WriteLine($"error: {problem}");
    return ExitCode.Failure;
}

using var cancellation = new CancellationTokenSource();
var canceled = ExitCode.Interrupted;
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
try
{
    return new BrainMriCommand(Run).Invoke(args);
}
catch (Exception error)
{
    return ErrorReport.Write(error, canceled);
}

void Cancel(PosixSignalContext context)
{
    canceled = context.Signal == PosixSignal.SIGTERM ? ExitCode.Terminated : ExitCode.Interrupted;

    // The first signal ends the run in order; a second one ends the process.
    context.Cancel = !cancellation.IsCancellationRequested;
    cancellation.Cancel();
}

void Run(RunSettings settings)
{
    var console = AnsiConsole.Console;
    if (Console.IsOutputRedirected)
    {
        // A pipe has no width; Spectre assumes 80 columns, which would break the tables.
        console.Profile.Width = 120;
    }

    IProgressDisplay display = console.Profile.Capabilities is { Interactive: true, Ansi: true } && !Console.IsOutputRedirected
        ? new LiveProgress(console)
        : new PlainProgress(console);
    new BrainMriRun(settings, console, display).Execute(cancellation.Token);
}
