namespace Cass.Explain;

/// <summary>How it is found out what a network looks at. <see cref="NetworkRelevance.Suitable"/> says which methods suit a network.</summary>
public enum ExplanationMethod
{
    /// <summary>
    /// Grad-CAM (Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", equations 1
    /// and 2): the last feature map, its channels weighted by the mean gradient of the class's logit. Convolutional networks.
    /// </summary>
    GradCam,

    /// <summary>
    /// HiResCAM (Draelos and Carin 2020, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks"): the last feature map
    /// times the gradient of the class's logit, place by place, summed over channels. Equal to <see cref="GradCam"/> where a network ends in an average over
    /// all places and one linear layer. Convolutional networks.
    /// </summary>
    HiResCam,

    /// <summary>
    /// Attention rollout (Abnar and Zuidema 2020, "Quantifying Attention Flow in Transformers", equation 1): the product of all blocks' attention, averaged over heads, each
    /// mixed half and half with the identity for the residual connection. The same for every class. ViT and DeiT.
    /// </summary>
    AttentionRollout,

    /// <summary>
    /// Relevance by attention and its gradient (Chefer, Gur and Wolf, ICCV 2021, "Generic Attention-model Explainability for Interpreting Bi-Modal and
    /// Encoder-Decoder Transformers", equations 5 and 6, of self-attention): the simpler successor of their method of CVPR 2021, without its layer-wise propagation. ViT and DeiT.
    /// </summary>
    AttentionRelevance,

    /// <summary>
    /// Occlusion sensitivity (Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2): how far the class's logit falls where a square is
    /// covered. Any network.
    /// </summary>
    Occlusion,

    /// <summary>
    /// Integrated gradients (Sundararajan, Taly and Yan 2017, "Axiomatic Attribution for Deep Networks", equation 1): the gradient of the class's logit, integrated from a baseline to the image, times
    /// their difference, summed over the colours. Any network.
    /// </summary>
    IntegratedGradients,
}
