namespace BrainMri.Phantoms;

/// <summary>The height at which a phantom head is cut.</summary>
internal enum SliceLevel
{
    /// <summary>Through the bodies of the lateral ventricles.</summary>
    High,

    /// <summary>Through the frontal horns, the third ventricle and the deep nuclei.</summary>
    Middle,

    /// <summary>Through the suprasellar cistern, the brainstem and the cerebellum.</summary>
    Low,
}
