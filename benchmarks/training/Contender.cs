using System.Diagnostics;
using System.Globalization;

namespace Cass.Training.Benchmarks;

/// <summary>A way to train, in processes of its own.</summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Program">The program, and its first arguments.</param>
/// <param name="TakesWork">Whether it is told at the start what it will do.</param>
/// <param name="BlasThreads">Threads of OpenBLAS, which has a pool of its own beside OpenMP's; null for as many as of the workload.</param>
/// <param name="SpinCount">How long threads of GNU's OpenMP wait actively; null for the contender's own choice.</param>
internal sealed record Contender(string Name, IReadOnlyList<string> Program, bool TakesWork = true, int? BlasThreads = null, int? SpinCount = null)
{
    /// <summary>Its versions and libraries, where they are not this repository's own.</summary>
    public string? Description { get; init; }

    /// <summary>Starts it.</summary>
    /// <param name="workload">What it trains.</param>
    /// <param name="work">What it does.</param>
    public Working Start(Workload workload, Work work)
    {
        var start = new ProcessStartInfo(Program[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        var threads = workload.Threads.ToString(CultureInfo.InvariantCulture);
        start.Environment["OMP_NUM_THREADS"] = threads;
        start.Environment["OPENBLAS_NUM_THREADS"] = BlasThreads?.ToString(CultureInfo.InvariantCulture) ?? threads;
        if (SpinCount is { } count)
        {
            start.Environment["GOMP_SPINCOUNT"] = count.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var argument in Program.Skip(1).Concat(workload.ToArguments()))
        {
            start.ArgumentList.Add(argument);
        }

        if (TakesWork)
        {
            start.ArgumentList.Add("--work");
            start.ArgumentList.Add(work.ToString());
        }

        return new Working(this, work, Stopwatch.GetTimestamp(), Process.Start(start)!);
    }

    /// <summary>One that has been started.</summary>
    internal sealed class Working(Contender contender, Work work, long started, Process process) : IDisposable
    {
        public Contender Contender => contender;

        /// <summary>From the start of the process to its first answer.</summary>
        public TimeSpan? FirstAnswer { get; private set; }

        /// <summary>Peak of resident memory so far, in bytes; of the process alone, without children.</summary>
        public long PeakMemory
        {
            get
            {
                process.Refresh();
                return process.PeakWorkingSet64;
            }
        }

        /// <summary>Lets it work, and reads the first number of each answer.</summary>
        public IReadOnlyList<double> Do(int count)
        {
            try
            {
                process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{work.ToString().ToLowerInvariant()} {count}"));
                process.StandardInput.Flush();
            }
            catch (IOException)
            {
                throw Ended();
            }

            var answers = new List<double>();
            while (process.StandardOutput.ReadLine() is { } line)
            {
                if (string.Equals(line, Commands.Finished, StringComparison.Ordinal))
                {
                    return answers;
                }

                FirstAnswer ??= Stopwatch.GetElapsedTime(started);
                answers.Add(double.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture));
            }

            throw Ended();
        }

        public void Dispose()
        {
            try
            {
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has ended already.
            }

            if (!process.WaitForExit(TimeSpan.FromSeconds(20)))
            {
                process.Kill(entireProcessTree: true);
            }

            process.Dispose();
        }

        private CassInputException Ended()
        {
            process.WaitForExit();
            return new CassInputException($"{contender.Name} ended with {process.ExitCode} while it did '{work}'; see its message above.");
        }
    }
}
