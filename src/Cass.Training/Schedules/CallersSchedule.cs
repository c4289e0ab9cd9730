using System.Globalization;
using System.Text.Json.Nodes;

namespace Cass.Training;

/// <summary>A schedule of the caller's own, whose rates are looked at before they are used.</summary>
internal sealed class CallersSchedule : ILearningRateSchedule
{
    /// <summary>The setting of a checkpoint that stands for the rates, of which it has four.</summary>
    public const string RatesSetting = "CreateScheduleRates";

    private readonly ILearningRateSchedule schedule;
    private readonly string maker;
    private readonly long totalSteps;
    private readonly double[] rates;

    private CallersSchedule(ILearningRateSchedule schedule, string maker, long totalSteps)
    {
        this.schedule = schedule;
        this.maker = maker;
        this.totalSteps = totalSteps;
        rates = [.. new[] { 0, totalSteps / 4, totalSteps / 2, totalSteps - 1 }.Select(RateAt)];
    }

    /// <summary>Makes a schedule.</summary>
    /// <param name="create">Makes it of the highest rate and the number of steps; null for none of the caller's own.</param>
    /// <param name="highestRate">The highest rate.</param>
    /// <param name="totalSteps">Steps of the run, at least 1.</param>
    /// <param name="maker">Where the caller has put <paramref name="create"/>, for messages.</param>
    /// <returns>The schedule; null where the caller has none.</returns>
    /// <exception cref="CassInputException">There is none in spite of <paramref name="create"/>, or a rate is negative or not finite.</exception>
    public static CallersSchedule? Create(Func<double, long, ILearningRateSchedule>? create, double highestRate, long totalSteps, string maker) => create is null ? null : new(
        create(highestRate, totalSteps) ?? throw new CassInputException($"{maker} returned null; return a schedule, or set {maker} to null for the schedule that LearningRate names."),
        maker,
        totalSteps);

    /// <inheritdoc/>
    /// <exception cref="CassInputException">The rate is negative or not finite.</exception>
    public double RateAt(long step)
    {
        var rate = schedule.RateAt(step);
        return double.IsFinite(rate) && rate >= 0
            ? rate
            : throw new CassInputException(string.Create(CultureInfo.InvariantCulture, $"The schedule {schedule.GetType().Name} of {maker} gives step {step} of {totalSteps} the learning rate {rate}; a rate is a finite number of at least 0."));
    }

    /// <summary>Adds what is known of it to the settings that a checkpoint is of: its type, and its rates at four steps of the run.</summary>
    public void Describe(JsonObject settings)
    {
        settings["CreateSchedule"] = schedule.GetType().FullName;
        settings[RatesSetting] = new JsonArray([.. rates.Select(rate => JsonValue.Create(rate))]);
    }
}
