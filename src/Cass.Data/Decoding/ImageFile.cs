namespace Cass.Data;

/// <summary>An image in a file: JPEG, PNG, BMP, WebP or GIF.</summary>
public sealed class ImageFile : IEncodedImageSource
{
    private readonly ImageDecodingOptions? options;

    /// <summary>Names the file; it is opened when it is decoded.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">Limits and choices of decoding; null for those of the classifier that it is given to, or else the defaults.</param>
    public ImageFile(string path, ImageDecodingOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Path = path;
        this.options = options;
    }

    /// <summary>Path of the file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public string Name => Path;

    /// <summary>Limits and choices of decoding.</summary>
    public ImageDecodingOptions DecodingOptions => options ?? ImageDecodingOptions.Default;

    long IEncodedImageSource.Length => Info().Length;

    /// <inheritdoc/>
    /// <exception cref="UnreadableImageException">The file is missing, cannot be opened or holds no whole image of an allowed size.</exception>
    public PixelImage Decode() => ImageDecoder.Decode(ReadBytes(), Path, DecodingOptions);

    PixelImage IEncodedImageSource.DecodeFor(ImageDecodingOptions fallback, (int Height, int Width) input) =>
        ImageDecoder.Decode(ReadBytes(options ?? fallback), Path, options ?? fallback, input);

    /// <summary>Reads the encoded bytes.</summary>
    /// <returns>The file's content.</returns>
    /// <exception cref="UnreadableImageException">The file is missing, is a pipe or a device, is larger than allowed, or cannot be opened.</exception>
    public byte[] ReadBytes() => ReadBytes(DecodingOptions);

    private byte[] ReadBytes(ImageDecodingOptions limits)
    {
        if (FileStatus.Of(Path) is { Kind: FileKind.Pipe or FileKind.Socket or FileKind.Device } other)
        {
            throw new UnreadableImageException(Path, $"it is {other.Description}, not a file, and would be waited for; move or remove it.");
        }

        if (limits.MaxBytes < Array.MaxLength)
        {
            ImageDecoder.CheckBytes(Info().Length, Path, limits);
        }

        try
        {
            return File.ReadAllBytes(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new UnreadableImageException(Path, Describe(e), e);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Path;

    /// <summary>Size and time of change of the file, at the end of links.</summary>
    /// <exception cref="UnreadableImageException">The file is missing.</exception>
    internal FileInfo Info()
    {
        try
        {
            var info = new FileInfo(Path);
            if (info.Exists && info.Attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                info = (FileInfo?)info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
            }

            // Reading the length is what fails where there is no file.
            _ = info.Length;
            return info;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new UnreadableImageException(Path, Describe(e), e);
        }
    }

    private string Describe(Exception e) => e switch
    {
        _ when Directory.Exists(Path) => "it is a folder, not a file; name the images in it instead.",
        FileNotFoundException or DirectoryNotFoundException when new FileInfo(Path).LinkTarget is { } target => $"it is a link to '{target}', which does not exist; mend or remove the link.",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file; check the path, or whether the file was moved while it was in use.",
        UnauthorizedAccessException => "reading it is not permitted; check the file's permissions.",
        _ => $"{e.Message.TrimEnd('.')}; check the disk and the file.",
    };
}
