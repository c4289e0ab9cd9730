namespace OwnImageSource;

/// <summary>What a DICOM library gives of one slice; in its place stands a record here, so that the sample needs none.</summary>
/// <param name="PatientId">Patient ID (0010,0020).</param>
/// <param name="InstanceNumber">Instance Number (0020,0013).</param>
/// <param name="Finding">What a radiologist found: the label.</param>
/// <param name="Rows">Rows (0028,0010).</param>
/// <param name="Columns">Columns (0028,0011).</param>
/// <param name="PhotometricInterpretation">(0028,0004): <c>MONOCHROME1</c>, of which the lowest value is white, or <c>MONOCHROME2</c>.</param>
/// <param name="RescaleIntercept">(0028,1052).</param>
/// <param name="RescaleSlope">(0028,1053): a stored value · slope + intercept is in units that mean something, such as Hounsfield's.</param>
/// <param name="WindowCenter">(0028,1050), in these units.</param>
/// <param name="WindowWidth">(0028,1051).</param>
/// <param name="PixelData">(7FE0,0010): reads the stored values, 16 bits each, row by row.</param>
internal sealed record DicomSlice(
    string PatientId,
    int InstanceNumber,
    string Finding,
    int Rows,
    int Columns,
    string PhotometricInterpretation,
    double RescaleIntercept,
    double RescaleSlope,
    double WindowCenter,
    double WindowWidth,
    Func<ushort[]> PixelData);
