using System.Diagnostics;
using System.Globalization;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass;

/// <summary>
/// Where the time of training goes: sums of the times that named sections took, over all threads that enter them. Safe for
/// use by several threads at once.
/// </summary>
/// <remarks>
/// A GPU works on while the processor goes ahead, so that a section on a GPU waits for it at its start and at its end. That
/// costs what the two would have done side by side: measure with a profile, and train without.
/// </remarks>
/// <example><code>
/// trainer.Profile = new TrainingProfile();
/// trainer.Pretrain(images);
/// Console.WriteLine(trainer.Profile);
/// </code></example>
public sealed class TrainingProfile
{
    /// <summary>Waiting for the next batch, on the training thread.</summary>
    public const string Wait = "wait for images";

    /// <summary>Moving a batch to the device, on the training thread.</summary>
    public const string Transfer = "transfer";

    /// <summary>The forward pass of what no other section covers: projectors and losses.</summary>
    public const string Loss = "loss";

    /// <summary>The backward pass of all networks.</summary>
    public const string Backward = "backward";

    /// <summary>Gradient norms, clipping and the optimisers' steps.</summary>
    public const string Optimizer = "optimizer";

    /// <summary>Reading losses, metrics, progress, logs and checkpoints.</summary>
    public const string Logging = "logging";

    /// <summary>Decoding an image and the steps that are the same every time, on the loader's threads.</summary>
    public const string Decode = "decode (loader)";

    /// <summary>Augmenting an image and writing it into its batch, on the loader's threads.</summary>
    public const string Augment = "augment (loader)";

    private readonly Lock gate = new();
    private readonly List<ProfileSection> sections = [];

    /// <summary>The sections, in the order in which they were first entered.</summary>
    public IReadOnlyList<ProfileSection> Sections
    {
        get
        {
            lock (gate)
            {
                return [.. sections];
            }
        }
    }

    /// <summary>The section of a network's forward pass.</summary>
    /// <param name="part">What the network is called, such as <c>cnn</c>.</param>
    /// <returns>The section's name.</returns>
    public static string Forward(string part) => $"forward {part}";

    /// <summary>Enters a section until the result is disposed. Sections do not contain one another.</summary>
    /// <param name="section">Its name.</param>
    /// <param name="device">The device that works in it; a GPU is waited for. Null for the processor.</param>
    /// <returns>What ends it.</returns>
    public Measurement Measure(string section, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        return new Measurement(this, section, device is { type: DeviceType.CUDA });
    }

    /// <summary>Forgets what was measured.</summary>
    public void Reset()
    {
        lock (gate)
        {
            sections.Clear();
        }
    }

    /// <summary>A table: section, times entered, total seconds, milliseconds each time.</summary>
    /// <returns>Lines of Markdown.</returns>
    public override string ToString()
    {
        var text = new StringBuilder("| section | times | seconds | ms each |\n|---|---|---|---|\n");
        foreach (var section in Sections)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {section.Name} | {section.Count} | {section.Time.TotalSeconds:0.000} | {section.Time.TotalMilliseconds / section.Count:0.000} |\n");
        }

        return text.ToString();
    }

    private void Add(string name, TimeSpan time)
    {
        lock (gate)
        {
            var at = sections.FindIndex(s => string.Equals(s.Name, name, StringComparison.Ordinal));
            if (at < 0)
            {
                sections.Add(new ProfileSection(name, 1, time));
            }
            else
            {
                sections[at] = new ProfileSection(name, sections[at].Count + 1, sections[at].Time + time);
            }
        }
    }

    /// <summary>A section that has been entered; disposing it leaves the section. The default value measures nothing.</summary>
    public readonly struct Measurement : IDisposable
    {
        private readonly TrainingProfile? profile;
        private readonly string section;
        private readonly bool waits;
        private readonly long started;

        internal Measurement(TrainingProfile profile, string section, bool waits)
        {
            this.profile = profile;
            this.section = section;
            this.waits = waits;
            Synchronize();
            started = Stopwatch.GetTimestamp();
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (profile is not null)
            {
                Synchronize();
                profile.Add(section, Stopwatch.GetElapsedTime(started));
            }
        }

        private void Synchronize()
        {
            if (waits)
            {
                cuda.synchronize();
            }
        }
    }
}
