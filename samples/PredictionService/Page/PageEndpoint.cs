namespace PredictionService;

/// <summary>A page to try an image by hand: one file, which loads nothing from elsewhere.</summary>
internal static class PageEndpoint
{
    private const string Policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapPage(this WebApplication app) => app.MapGet("/", (HttpResponse response) =>
    {
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        return Results.Stream(typeof(PageEndpoint).Assembly.GetManifestResourceStream("index.html")!, "text/html; charset=utf-8");
    }).ExcludeFromDescription();
}
