using Cass.Data;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// A way of learning from unlabelled images. A method owns its networks, its views, its loss, and what it remembers between
/// steps; a <see cref="Pretrainer"/> brings batches, optimisers, schedules, checkpoints and logs, and knows no method by name.
/// </summary>
/// <remarks>
/// A step calls <see cref="BeforeStep"/>, <see cref="Forward"/>, the backward pass, <see cref="AfterBackward"/>, the optimisers,
/// and <see cref="AfterStep"/>. All of them get the step's place in the run, from which schedules are to be computed:
/// a method that counts by itself is wrong after a resume. See <c>docs/methods.md</c>.
/// </remarks>
public interface ISelfSupervisedMethod : IDisposable
{
    /// <summary>The method's name in the literature, such as <c>CASS</c> or <c>DINO</c>.</summary>
    string Name { get; }

    /// <summary>
    /// What is trained: each part with an optimiser of its own, no module or parameter twice. The list and its modules stay the same over
    /// the method's life.
    /// </summary>
    IReadOnlyList<TrainablePart> Parts { get; }

    /// <summary>
    /// The networks that pretraining is done for, by a name for logs such as <c>cnn</c>: what is probed while it trains, and kept
    /// at its end. Where a method has a student and a teacher, it is the one that its paper evaluates. Each is in a part, and a run goes
    /// on from a checkpoint only where they begin with the weights that they began with.
    /// </summary>
    IReadOnlyDictionary<string, Backbone> Backbones { get; }

    /// <summary>
    /// The method's settings, best a copy (<see cref="OptionsCopy.Of"/>) that was made with the method. Those with
    /// <see cref="System.ComponentModel.DataAnnotations.RangeAttribute"/> are checked when the pretrainer is built and when it runs; they
    /// stay the same in between, and a run goes on from a checkpoint only where all public properties and fields, tuples and nested
    /// objects among them, are the same as JSON. What JSON cannot hold, such as a delegate or a tensor, is refused unless
    /// <see cref="System.Text.Json.Serialization.JsonIgnoreAttribute"/> says that no result depends on it. Default null: there are none.
    /// </summary>
    object? Options => null;

    /// <summary>
    /// Tensors besides the parameters and buffers of <see cref="Parts"/> that the next step depends on, such as a centre or a
    /// queue, by names that stay the same: checkpoints hold them, and a resumed run copies saved values into them. They stay on
    /// the device that the method made them on; a buffer of a module among the parts or teachers is moved with it. Default: none.
    /// </summary>
    IEnumerable<KeyValuePair<string, Tensor>> State => [];

    /// <summary>Makes the pipelines of the views that <see cref="Forward"/> wants, one for each; views may be of different sizes.</summary>
    /// <param name="height">Height of a full view in pixels.</param>
    /// <param name="width">Width of a full view in pixels.</param>
    /// <param name="normalization">What the networks' inputs are normalised with.</param>
    /// <returns>At least one pipeline.</returns>
    /// <exception cref="CassInputException">A network does not take views of a size; the message names the option, its value, and sizes that fit.</exception>
    IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization);

    /// <summary>Computes the loss of one batch, ready for <c>backward()</c>.</summary>
    /// <param name="views">One float [batch, channels, height, width] tensor a view, in the order of <see cref="CreateViews"/>; row i of each shows image i.</param>
    /// <returns>The loss and what was embedded; the caller disposes it.</returns>
    SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views);

    /// <summary>
    /// Called before each forward pass of a step, several times where gradients are accumulated: sets what depends on the place
    /// in the run, such as a teacher's temperature. Default: nothing.
    /// </summary>
    /// <param name="step">The step that is being taken.</param>
    void BeforeStep(TrainingStep step)
    {
    }

    /// <summary>
    /// Called between the backward pass and the optimisers: changes gradients, such as those of a layer that is frozen at first.
    /// A parameter whose gradient is null is not moved. Default: nothing.
    /// </summary>
    /// <param name="step">The step that is being taken.</param>
    void AfterBackward(TrainingStep step)
    {
    }

    /// <summary>Called after the optimisers of a step; a momentum teacher is moved here. Default: nothing.</summary>
    /// <param name="step">The step that has been taken.</param>
    void AfterStep(TrainingStep step)
    {
    }
}
