using System.Runtime.InteropServices;
using Cass;
using Cass.Training;
using Study;

using var cancellation = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
try
{
    return await new StudyCommand(Console.Out).Invoke(args, cancellation.Token);
}
catch (Exception error) when (error is CassInputException or TrainingFailedException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"error: {error.Message}");
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Stopped. The same command goes on where this one was.");
    return 130;
}

void Cancel(PosixSignalContext context)
{
    context.Cancel = true;
    cancellation.Cancel();
}
