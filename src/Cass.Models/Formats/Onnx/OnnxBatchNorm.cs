namespace Cass.Models;

/// <summary>A batch norm of an ONNX graph.</summary>
internal sealed record OnnxBatchNorm(OnnxInitializer Scale, OnnxInitializer Bias, OnnxInitializer Mean, OnnxInitializer Variance, double Epsilon);
