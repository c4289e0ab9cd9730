using System.Globalization;
using Cass;
using Cass.Data;
using Cass.Serving;
using Microsoft.AspNetCore.Diagnostics;

namespace PredictionService;

/// <summary>Makes an answer of what goes wrong: the sender's fault with its reason, the service's without.</summary>
internal sealed class ProblemAnswers(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        (int Status, string Detail)? answer = exception switch
        {
            UnreadableImageException image => (image.ExceedsLimit ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status400BadRequest, image.Message),
            ServiceOverloadedException => (StatusCodes.Status503ServiceUnavailable, "Too many images are waiting. Try again later."),
            ObjectDisposedException => (StatusCodes.Status503ServiceUnavailable, "The service is about to stop. Try again later."),
            BadHttpRequestException request => (request.StatusCode, request.Message),
            CassInputException input => (StatusCodes.Status400BadRequest, input.Message),
            _ => null,
        };
        if (answer is not var (status, detail))
        {
            return false;
        }

        httpContext.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            var seconds = (exception as ServiceOverloadedException)?.RetryAfter.TotalSeconds ?? 1;
            httpContext.Response.Headers.RetryAfter = seconds.ToString("0", CultureInfo.InvariantCulture);
        }

        return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, Exception = exception, ProblemDetails = { Status = status, Detail = detail } });
    }
}
