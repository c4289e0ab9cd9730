using System.Globalization;
using Cass.Data;
using Cass.Serving;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Company.CassService1;

/// <summary>Makes an answer of what goes wrong: the sender's fault with its reason, the service's without.</summary>
internal sealed class ProblemAnswers(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var (status, detail) = exception switch
        {
            UnreadableImageException { ExceedsLimit: true } image => (StatusCodes.Status413PayloadTooLarge, image.Message),
            UnreadableImageException image => (StatusCodes.Status400BadRequest, image.Message),
            ServiceOverloadedException => (StatusCodes.Status503ServiceUnavailable, "Too many images are waiting. Try again later."),
            ObjectDisposedException => (StatusCodes.Status503ServiceUnavailable, "The service is about to stop. Try again later."),
            BadHttpRequestException request => (request.StatusCode, request.Message),
            _ => (StatusCodes.Status500InternalServerError, "It is in the log of the service."),
        };
        httpContext.Response.StatusCode = status;
        if (exception is ServiceOverloadedException overloaded)
        {
            httpContext.Response.Headers.RetryAfter = overloaded.RetryAfter.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        }

        return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, Exception = exception, ProblemDetails = { Status = status, Detail = detail } });
    }
}
