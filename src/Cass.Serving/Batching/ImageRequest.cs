using System.Diagnostics;

namespace Cass.Serving;

/// <summary>
/// An image on its way through the service: to be prepared, then to be computed with others. Whoever waits may give up at any moment; the image
/// keeps its place until a thread comes upon it.
/// </summary>
internal sealed class ImageRequest
{
    private readonly TaskCompletionSource<Prediction> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AdmissionControl.Place place;
    private readonly ServingMetrics metrics;
    private readonly long begin;
    private readonly CancellationTokenRegistration registration;

    /// <param name="image">The image.</param>
    /// <param name="place">Its place, which it leaves in the end.</param>
    /// <param name="begin">When it was accepted.</param>
    /// <param name="metrics">Counts it in the end.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public ImageRequest(IImageSource image, AdmissionControl.Place place, long begin, ServingMetrics metrics, CancellationToken cancellationToken)
    {
        Image = image;
        this.place = place;
        this.begin = begin;
        this.metrics = metrics;
        registration = cancellationToken.UnsafeRegister(static (request, token) => ((ImageRequest)request!).completion.TrySetCanceled(token), this);
    }

    /// <summary>The image: as it came, then as it was prepared.</summary>
    public IImageSource Image { get; private set; }

    /// <summary>What it was prepared for, once it was.</summary>
    public LoadedPredictor? Predictor { get; private set; }

    /// <summary>Whether nobody waits for it any more.</summary>
    public bool IsAbandoned => completion.Task.IsCompleted;

    public Task<Prediction> Task => completion.Task;

    /// <summary>Takes the prepared image and what it was prepared for, which is left in the end.</summary>
    public void Prepared(IImageSource image, LoadedPredictor predictor)
    {
        (Image, Predictor) = (image, predictor);
        place.ReleaseBytes();
    }

    public void Answer(Prediction prediction)
    {
        // The place is free before anybody learns of the answer, and may send the next image.
        End();
        if (completion.TrySetResult(prediction))
        {
            metrics.Answered(Stopwatch.GetElapsedTime(begin));
        }
        else
        {
            metrics.Unanswered(null);
        }
    }

    public void Fail(Exception error)
    {
        End();
        metrics.Unanswered(completion.TrySetException(error) ? error : null);
    }

    /// <summary>Lets go of an image that nobody waits for.</summary>
    public void Drop()
    {
        End();
        metrics.Unanswered(null);
    }

    private void End()
    {
        registration.Unregister();
        Predictor?.Leave();
        Predictor = null;
        place.Leave();
    }
}
