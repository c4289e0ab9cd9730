namespace BrainMri.Phantoms;

/// <summary>The four classes, in the published numbering of <see cref="Cass.LabelMap.BrainTumorMri"/>.</summary>
internal enum TumorKind
{
    Glioma = 0,
    Pituitary = 1,
    NoTumor = 2,
    Meningioma = 3,
}
