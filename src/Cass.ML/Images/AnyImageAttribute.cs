using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Cass.ML;

/// <summary>Marks a property as an image of any size. ML.NET's own <see cref="ImageTypeAttribute"/> is for images of one size.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AnyImageAttribute : DataViewTypeAttribute
{
    public override void Register() => DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage), this);

    public override bool Equals(DataViewTypeAttribute? other) => other is AnyImageAttribute;

    public override int GetHashCode() => typeof(AnyImageAttribute).GetHashCode();
}
